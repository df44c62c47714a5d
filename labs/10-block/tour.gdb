# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) break try\n
break try
echo (gdb) continue\n
continue
echo (gdb) vmexit-next LAB10.notify\n
vmexit-next LAB10.notify
echo (gdb) p queue.made\n
p queue.made
echo (gdb) p queue.handled\n
p queue.handled
echo (gdb) p queue.requests[0]\n
p queue.requests[0]
echo (gdb) vmexit-finish\n
vmexit-finish
echo (gdb) p queue.handled\n
p queue.handled
echo (gdb) p/x queue.requests[0].status\n
p/x queue.requests[0].status
echo (gdb) kill\n
kill
