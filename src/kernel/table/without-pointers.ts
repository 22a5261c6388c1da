import { rowsWithoutPointers } from "./row.js";

/**
 * Calls whose arguments lead to no memory that the kernel reads or writes in them: numbers, and
 * addresses that stand for mappings.
 */
export const WITHOUT_POINTERS = rowsWithoutPointers(`
  3 close 1, 8 lseek 3, 9 mmap 6, 10 mprotect 3, 11 munmap 2, 12 brk 1, 15 rt_sigreturn 0,
  24 sched_yield 0, 25 mremap 5, 26 msync 3, 28 madvise 3, 29 shmget 3, 30 shmat 3, 32 dup 1,
  33 dup2 2, 34 pause 0, 37 alarm 1, 39 getpid 0, 41 socket 3, 48 shutdown 2, 50 listen 2,
  57 fork 0, 58 vfork 0, 60 exit 1, 62 kill 2, 64 semget 3, 67 shmdt 1, 68 msgget 2, 73 flock 2,
  74 fsync 1, 75 fdatasync 1, 77 ftruncate 2, 81 fchdir 1, 91 fchmod 2, 93 fchown 3, 95 umask 1,
  102 getuid 0, 104 getgid 0, 105 setuid 1, 106 setgid 1, 107 geteuid 0, 108 getegid 0,
  109 setpgid 2, 110 getppid 0, 111 getpgrp 0, 112 setsid 0, 113 setreuid 2, 114 setregid 2,
  117 setresuid 3, 119 setresgid 3, 121 getpgid 1, 122 setfsuid 1, 123 setfsgid 1, 124 getsid 1,
  135 personality 1, 140 getpriority 2, 141 setpriority 3, 145 sched_getscheduler 1,
  146 sched_get_priority_max 1, 147 sched_get_priority_min 1, 151 mlockall 1, 152 munlockall 0,
  153 vhangup 0, 162 sync 0, 172 iopl 1, 173 ioperm 3, 186 gettid 0, 187 readahead 3, 200 tkill 2,
  207 io_destroy 1, 213 epoll_create 1, 216 remap_file_pages 5, 219 restart_syscall 0,
  221 fadvise64 4, 225 timer_getoverrun 1, 226 timer_delete 1, 231 exit_group 1, 234 tgkill 3,
  251 ioprio_set 3, 252 ioprio_get 2, 253 inotify_init 0, 255 inotify_rm_watch 2, 272 unshare 1,
  276 tee 4, 277 sync_file_range 4, 283 timerfd_create 2, 284 eventfd 1, 285 fallocate 4,
  290 eventfd2 2, 291 epoll_create1 1, 292 dup3 3, 294 inotify_init1 1, 300 fanotify_init 2,
  306 syncfs 1, 308 setns 2, 312 kcmp 5, 323 userfaultfd 1, 324 membarrier 3, 329 pkey_mprotect 4,
  330 pkey_alloc 2, 331 pkey_free 1, 335 uretprobe 0, 336 uprobe 0, 432 fsmount 3,
  434 pidfd_open 2, 436 close_range 3, 438 pidfd_getfd 3, 446 landlock_restrict_self 2,
  447 memfd_secret 1, 448 process_mrelease 2, 450 set_mempolicy_home_node 4, 453 map_shadow_stack 3,
  462 mseal 3
`);
