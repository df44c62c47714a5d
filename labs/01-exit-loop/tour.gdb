# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) break vcpu_handle_exit\n
break vcpu_handle_exit
echo (gdb) run\n
run
echo (gdb) p vcpu->exit.kind\n
p vcpu->exit.kind
echo (gdb) p vcpu->exit.reason\n
p vcpu->exit.reason
echo (gdb) p vcpu->vm->exit_count\n
p vcpu->vm->exit_count
echo (gdb) bt 4\n
bt 4
echo (gdb) kill\n
kill
