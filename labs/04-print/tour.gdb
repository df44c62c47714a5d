# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) vmexit-next mmio\n
vmexit-next mmio
echo (gdb) x/i $pc\n
x/i $pc
echo (gdb) p/x $exit_a0\n
p/x $exit_a0
echo (gdb) p/c $exit_a1\n
p/c $exit_a1
echo (gdb) p $exit_a2\n
p $exit_a2
echo (gdb) vmexit-info\n
vmexit-info
echo (gdb) vmexit-finish\n
vmexit-finish
echo (gdb) p/x $pc\n
p/x $pc
echo (gdb) kill\n
kill
