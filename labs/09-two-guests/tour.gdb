# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) break run_guests\n
break run_guests
echo (gdb) run\n
run
echo (gdb) p plan->mode\n
p plan->mode
echo (gdb) p plan->weights\n
p plan->weights
echo (gdb) p guests[0]->image->source->name\n
p guests[0]->image->source->name
echo (gdb) p guests[1]->image->source->name\n
p guests[1]->image->source->name
echo (gdb) p guests[1]->insn_count\n
p guests[1]->insn_count
echo (gdb) kill\n
kill
