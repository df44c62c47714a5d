# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) vmexit-next get_timebase\n
vmexit-next get_timebase
echo (gdb) vmexit-finish\n
vmexit-finish
echo (gdb) print $exit_value\n
print $exit_value
echo (gdb) vmexit-back\n
vmexit-back
echo (gdb) vmexit-back\n
vmexit-back
echo (gdb) print $exit_count\n
print $exit_count
echo (gdb) kill\n
kill
