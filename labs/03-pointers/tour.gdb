# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) vmexit-next LAB3.translate\n
vmexit-next LAB3.translate
echo (gdb) vmexit-next LAB3.translate\n
vmexit-next LAB3.translate
echo (gdb) vmexit-next LAB3.translate\n
vmexit-next LAB3.translate
echo (gdb) p/x $a0\n
p/x $a0
echo (gdb) p/x $a1\n
p/x $a1
echo (gdb) p/x root[255]\n
p/x root[255]
echo (gdb) p/x middle[0]\n
p/x middle[0]
echo (gdb) p/x last[0]\n
p/x last[0]
echo (gdb) p &pages[2]\n
p &pages[2]
echo (gdb) kill\n
kill
