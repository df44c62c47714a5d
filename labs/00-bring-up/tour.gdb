# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) break checkpoint\n
break checkpoint
echo (gdb) continue\n
continue
echo (gdb) info args\n
info args
echo (gdb) delete\n
delete
echo (gdb) vmexit-next DBCN.console_write\n
vmexit-next DBCN.console_write
echo (gdb) vmexit-info\n
vmexit-info
echo (gdb) p $a0\n
p $a0
echo (gdb) x/s $a1\n
x/s $a1
echo (gdb) kill\n
kill
