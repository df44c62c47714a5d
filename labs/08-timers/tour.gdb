# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) break tell\n
break tell
echo (gdb) continue\n
continue
echo (gdb) p/x $sip\n
p/x $sip
echo (gdb) p/x $sie\n
p/x $sie
echo (gdb) p/x $sstatus & 2\n
p/x $sstatus & 2
echo (gdb) p taken\n
p taken
echo (gdb) kill\n
kill
