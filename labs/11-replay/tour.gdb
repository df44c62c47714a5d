# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) vmexit-next BASE.probe_extension\n
vmexit-next BASE.probe_extension
echo (gdb) p/x $a0\n
p/x $a0
echo (gdb) p words[0]\n
p words[0]
echo (gdb) vmexit-next TIME.set_timer\n
vmexit-next TIME.set_timer
echo (gdb) bt 3\n
bt 3
echo (gdb) p words\n
p words
echo (gdb) kill\n
kill
