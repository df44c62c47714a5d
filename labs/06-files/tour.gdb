# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) vmexit-next LAB6.file_open\n
vmexit-next LAB6.file_open
echo (gdb) vmexit-info\n
vmexit-info
echo (gdb) p $a0\n
p $a0
echo (gdb) x/s $a1\n
x/s $a1
echo (gdb) vmexit-finish\n
vmexit-finish
echo (gdb) p (long) $a0\n
p (long) $a0
echo (gdb) kill\n
kill
