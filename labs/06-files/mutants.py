# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 6."""

from mutant import Mutant

FILES = "vmm/files.c"
PART = '!*part || strcmp(part, ".") == 0 || strcmp(part, "..") == 0'

MUTANTS = (
    Mutant(
        "only a path that begins with .. is refused",
        FILES,
        PART,
        'part == path && (!*part || strcmp(part, ".") == 0 || strcmp(part, "..") == 0)',
        "escape below/../../secret",
        "each part of a path counts, not only the first",
    ),
    Mutant(
        "every path is refused",
        FILES,
        "    fd = open_inside(path,",
        "    fd = SBI_ERR_DENIED < 0 ? SBI_ERR_DENIED : open_inside(path,",
        "escape ../secret",
        "every path is refused: this one is a file of the folder",
    ),
    Mutant("links are followed", FILES, "O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK", "O_CLOEXEC | O_NONBLOCK", "escape link", "a link may point anywhere: O_NOFOLLOW, for each part of the path"),
    Mutant(
        "links on the way are followed",
        FILES,
        "O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK |",
        "(rest ? 0 : O_NOFOLLOW) | O_CLOEXEC | O_NONBLOCK |",
        "escape way/secret",
        "a link may point anywhere: O_NOFOLLOW, for each part of the path",
    ),
    Mutant(
        "the path is taken for a C string",
        FILES,
        "    memcpy(path, from, args[0]);\n    if (strlen(path) != args[0])\n        return;\n",
        "    strncpy(path, from, FILE_PATH_MAX);\n",
        "paths",
        "a path has num_bytes bytes and no NUL: copy num_bytes bytes",
    ),
    Mutant(
        "a handle is a file descriptor",
        FILES,
        " || !handles[request.handle].open ||\n        request.offset > INT64_MAX)\n        return;\n    fd = handles[request.handle].fd;",
        " || request.offset > INT64_MAX)\n        return;\n    fd = (int)request.handle;",
        "handles never-opened",
        "a handle is an index into your table, checked at each call; not a file descriptor of the VMM",
    ),
    Mutant(
        "the request is looked at twice",
        FILES,
        "        uint64_t left = request.length - done;\n",
        "        uint64_t left = request.length - done > 64 ? 64 : request.length - done;\n\n"
        "        request.length = ((const volatile struct file_request *)from)->length;\n",
        "overlap",
        "fetch the request once, check the copy, use the copy",
    ),
    Mutant(
        "the buffer's length is not checked",
        FILES,
        "memory_for_write(vcpu->vm, gpa(request.address), request.length);",
        "memory_for_write(vcpu->vm, gpa(request.address), 1);",
        "handles buffer",
        "the whole buffer has to be in RAM: memory_for_write",
    ),
    Mutant(
        "a NUL ends the path",
        FILES,
        "    if (strlen(path) != args[0])\n        return;\n",
        "",
        "paths",
        "a NUL inside makes the path shorter: refuse it",
    ),
    Mutant(
        "a file that is missing has a handle",
        FILES,
        "    if (fd < 0) {\n        ret->error = fd;\n",
        "    handles[handle].open = true;\n    if (fd < 0) {\n        ret->error = fd;\n",
        "copy",
        "opening a file that does not exist returns SBI_ERR_FAILED and uses no handle",
    ),
)
