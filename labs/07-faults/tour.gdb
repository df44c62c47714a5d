# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) break region_fault\n
break region_fault
echo (gdb) continue\n
continue
echo (gdb) p trap->cause\n
p trap->cause
echo (gdb) p/x trap->address\n
p/x trap->address
echo (gdb) p trap->kind\n
p trap->kind
echo (gdb) p/x $satp\n
p/x $satp
echo (gdb) kill\n
kill
