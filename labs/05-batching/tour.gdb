# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) vmexit-next DBCN.console_write_byte\n
vmexit-next DBCN.console_write_byte
echo (gdb) bt 3\n
bt 3
echo (gdb) vmexit-next DBCN.console_write_byte\n
vmexit-next DBCN.console_write_byte
echo (gdb) vmexit-next DBCN.console_write_byte\n
vmexit-next DBCN.console_write_byte
echo (gdb) vmexit-list 4\n
vmexit-list 4
echo (gdb) kill\n
kill
