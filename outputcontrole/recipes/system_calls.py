"""Which calls to the kernel a recipe may not make: a seccomp filter, as classic BPF.

A recipe computes. It starts no processes (so that what is counted for one process holds for the recipe), makes no
sockets, keeps no memory outside its address space, and touches neither other processes nor the kernel's settings. What
is refused fails with "operation not permitted"; threads are allowed, because databases compute with them.
Source: Linux, Documentation/userspace-api/seccomp_filter.rst; numbers from the kernel's own headers.
"""

import struct

from zoo_formaat.errors import UserError

_X86_64 = {
    **{"fork": 57, "vfork": 58, "ptrace": 101, "shmget": 29, "shmat": 30, "shmctl": 31, "msgget": 68, "semget": 64},
    **{"socket": 41, "socketpair": 53, "personality": 135, "modify_ldt": 154, "pivot_root": 155, "chroot": 161},
    **{"acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169},
    **{"sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module": 176},
    **{"quotactl": 179, "clock_settime": 227, "mq_open": 240, "kexec_load": 246, "add_key": 248, "request_key": 249},
    **{"keyctl": 250, "unshare": 272, "perf_event_open": 298, "fanotify_init": 300, "name_to_handle_at": 303},
    **{"open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312},
    **{"finit_module": 313, "memfd_create": 319, "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323},
}
_AARCH64 = {
    **{"ptrace": 117, "shmget": 194, "shmat": 196, "shmctl": 195, "msgget": 186, "semget": 190, "socket": 198},
    **{"socketpair": 199, "personality": 92, "pivot_root": 41, "chroot": 51, "acct": 89, "settimeofday": 170},
    **{"mount": 40, "umount2": 39, "swapon": 224, "swapoff": 225, "reboot": 142, "sethostname": 161},
    **{"setdomainname": 162, "init_module": 105, "delete_module": 106, "quotactl": 60, "clock_settime": 112},
    **{"mq_open": 180, "kexec_load": 104, "add_key": 217, "request_key": 218, "keyctl": 219, "unshare": 97},
    **{"perf_event_open": 241, "fanotify_init": 262, "name_to_handle_at": 264, "open_by_handle_at": 265, "setns": 268},
    **{"process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "memfd_create": 279},
    **{"kexec_file_load": 294, "bpf": 280, "userfaultfd": 282},
}
# From 424 on all processors count the same.
_NEWER = {
    **{"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429},
    **{"fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_getfd": 438, "mount_setattr": 442},
    **{"memfd_secret": 447},
}
# Per processor: AUDIT_ARCH_*, the refused calls, and the number of clone.
PROCESSORS = {
    "x86_64": (0xC000003E, {**_X86_64, **_NEWER}, 56),
    "aarch64": (0xC00000B7, {**_AARCH64, **_NEWER}, 220),
}
_CLONE3 = 435
_CLONE_THREAD = 0x00010000
_X32_BIT = 0x40000000
_EPERM, _ENOSYS = 1, 38
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
# Where struct seccomp_data has the number, the processor, and the low half of the first argument (little endian).
_NUMBER, _PROCESSOR, _FIRST_ARGUMENT = 0, 4, 16


def filter_program(processor: str) -> bytes:
    """Return the filter for a processor (as `platform.machine()` names it), as bubblewrap loads it.

    Raises UserError for a processor whose system calls are not known here: then no recipe is run.
    """
    if processor not in PROCESSORS:
        raise UserError(f"recepten kunnen op deze processor ({processor}) niet veilig gerekend worden")
    audit, refused, clone = PROCESSORS[processor]
    program = [
        (_LOAD, 0, 0, _PROCESSOR),
        (_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL),
    ]
    for number in sorted(refused.values()):
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    program += [
        # Of clone3 a filter cannot see what is asked. Told that it is not there, the C library takes clone.
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _ERRNO | _ENOSYS),
        (_EQUAL, 0, 3, clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 1, 0, _CLONE_THREAD),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
