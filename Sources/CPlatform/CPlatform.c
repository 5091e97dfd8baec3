// Starting detached and foreground children with posix_spawn, whose flags for
// sessions and for closing descriptors are extensions of glibc.
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

// Signals as a program expects them at its start: none blocked, all default.
// A child inherits ours otherwise, ignored SIGPIPE included.
static int reset_signals(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int error = posix_spawnattr_setsigmask(attributes, &none);
  return error ? error : posix_spawnattr_setsigdefault(attributes, &all);
}

static int add_directory(posix_spawn_file_actions_t *actions,
                         const struct qd_child *child) {
  if (!child->working_directory) return 0;
  return posix_spawn_file_actions_addchdir_np(actions,
                                              child->working_directory);
}

static int add_files(posix_spawn_file_actions_t *actions,
                     const struct qd_child *child) {
  const int append = O_WRONLY | O_CREAT | O_APPEND;
  int error =
      child->input
          ? posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
                                             child->input, O_RDONLY, 0)
          : posix_spawn_file_actions_adddup2(actions, child->input_descriptor,
                                             STDIN_FILENO);
  if (error) return error;
  error = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO,
                                           child->output, append, 0600);
  if (error) return error;
  if (!child->errors)
    return posix_spawn_file_actions_adddup2(actions, STDOUT_FILENO,
                                            STDERR_FILENO);
  return posix_spawn_file_actions_addopen(actions, STDERR_FILENO,
                                          child->errors, append, 0600);
}

static int spawn(const struct qd_child *child, int detached, pid_t *pid) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  int error = posix_spawnattr_init(&attributes);
  if (error) return error;
  error = posix_spawn_file_actions_init(&actions);
  if (error) {
    posix_spawnattr_destroy(&attributes);
    return error;
  }
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (detached) flags |= POSIX_SPAWN_SETSID;
  error = posix_spawnattr_setflags(&attributes, flags);
  if (!error) error = reset_signals(&attributes);
  // Files are opened before the directory changes: their paths are ours.
  if (!error && detached) error = add_files(&actions, child);
  if (!error) error = add_directory(&actions, child);
  if (!error)
    error = posix_spawn_file_actions_addclosefrom_np(&actions,
                                                     STDERR_FILENO + 1);
  if (!error)
    error = posix_spawn(pid, child->executable, &actions, &attributes,
                        child->arguments, child->environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

int qd_fill_pipe(const uint8_t *bytes, size_t size, int *reader) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK)) return errno;
  int error = 0;
  while (size > 0 && !error) {
    ssize_t written = write(ends[1], bytes, size);
    if (written < 0) {
      if (errno != EINTR) error = errno == EAGAIN ? E2BIG : errno;
    } else {
      bytes += written;
      size -= (size_t)written;
    }
  }
  close(ends[1]);
  // Whoever reads it expects to wait.
  if (!error && fcntl(ends[0], F_SETFL, 0)) error = errno;
  if (error)
    close(ends[0]);
  else
    *reader = ends[0];
  return error;
}

int qd_start_detached(const struct qd_child *child, pid_t *pid) {
  return spawn(child, 1, pid);
}

int qd_run_in_foreground(const struct qd_child *child, int *status) {
  const struct sigaction ignore = {.sa_handler = SIG_IGN};
  struct sigaction interrupt, quit;
  sigaction(SIGINT, &ignore, &interrupt);
  sigaction(SIGQUIT, &ignore, &quit);
  pid_t pid;
  int error = spawn(child, 0, &pid);
  if (!error) {
    while (waitpid(pid, status, 0) < 0) {
      if (errno == EINTR) continue;
      error = errno;
      break;
    }
  }
  sigaction(SIGINT, &interrupt, NULL);
  sigaction(SIGQUIT, &quit, NULL);
  return error;
}

void qd_describe_errno(int number, char *text, size_t size) {
  // The GNU form may answer with a string of its own instead of ours.
  const char *sentence = strerror_r(number, text, size);
  if (sentence != text) {
    strncpy(text, sentence, size - 1);
    text[size - 1] = '\0';
  }
}

int qd_try_lock(int descriptor) {
  return flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
}

void qd_keep_heap_small(void) {
  mallopt(M_ARENA_MAX, 2);
  // Without these the largest block that was ever freed sets what is mapped
  // on its own; all below it would stay in the heap and leave holes.
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

void qd_give_memory_back(void) { malloc_trim(0); }

int qd_usable_processors(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}
