// The only code that includes ncurses. Facts that shaped it:
// - <term.h> defines macros (columns, tab, ...) that break other headers, so
//   the few functions needed are declared here;
// - mvadd_wchnstr merges the window's attributes, so they stay 0;
// - resizeterm() pushes KEY_RESIZE back: resize_term() with our own SIGWINCH;
// - alloc_pair() crashes where start_color() was not possible;
// - keys are read and decoded by us: wget_wch() would block for ESCDELAY.

#define NCURSES_WIDECHAR 1
#include "CNcurses.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

extern int setupterm(const char *, int, int *);
extern char *tigetstr(const char *);
extern int tputs(const char *, int, int (*)(int));
extern int del_curterm(void *);
extern void *cur_term;

static SCREEN *screen;
static FILE *input_file, *output_file;
static int input_fd = -1, output_fd = -1;
static struct termios before;
static bool have_before, colours, paste, mouse_on;
static volatile sig_atomic_t taken;

// What puts the terminal right, ready for a signal handler to write.
static char restore[512];
static size_t restore_length;

static int append(int c) {
  if (restore_length < sizeof restore) restore[restore_length++] = (char)c;
  return c;
}

static void append_text(const char *text) {
  while (*text) append(*text++);
}

static void append_capability(const char *name) {
  char *text = tigetstr(name);
  if (text && text != (char *)-1) tputs(text, 1, append);
}

bool qd_locale(void) {
  // A locale that is not installed, as SSH may forward one: its character set
  // is what the operator's terminal shows.
  if (!setlocale(LC_ALL, "")) {
    const char *wanted = getenv("LC_ALL");
    if (!wanted || !*wanted) wanted = getenv("LC_CTYPE");
    if (!wanted || !*wanted) wanted = getenv("LANG");
    bool utf8 = wanted && (strstr(wanted, "UTF-8") || strstr(wanted, "utf8"));
    setlocale(LC_ALL, utf8 ? "C.UTF-8" : "C");
  }
  return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int qd_check(const char *term, int output) {
  int problem = 0;
  if (!term || !*term) return QD_TERM_UNKNOWN;
  if (setupterm(term, output, &problem) != OK)
    return problem < 0 ? QD_TERM_NO_DATABASE : QD_TERM_UNKNOWN;
  char *move = tigetstr("cup");
  bool dumb = !move || move == (char *)-1;
  del_curterm(cur_term);
  return dumb ? QD_TERM_DUMB : QD_TERM_GOOD;
}

static void send(const char *text) {
  size_t left = strlen(text);
  while (left > 0) {
    ssize_t n = write(output_fd, text, left);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text += n;
    left -= (size_t)n;
  }
}

static bool knows_private_modes(const char *term) {
  static const char *const names[] = {"xterm", "screen", "tmux",  "rxvt",
                                      "putty", "linux",  "konsole", "vte",
                                      "alacritty", "foot", "st-", NULL};
  for (int i = 0; names[i]; i++)
    if (strncmp(term, names[i], strlen(names[i])) == 0) return true;
  return false;
}

static void modes(bool on) {
  if (paste) send(on ? "\033[?2004h" : "\033[?2004l");
  if (mouse_on)
    send(on ? "\033[?1000h\033[?1006h" : "\033[?1006l\033[?1000l");
}

static void put_right(void) {
  if (!taken) return;
  taken = 0;
  ssize_t ignored = write(output_fd, restore, restore_length);
  (void)ignored;
  if (have_before) tcsetattr(input_fd, TCSANOW, &before);
}

bool qd_open(const char *term, int input, int output, bool mouse) {
  static bool registered;
  input_fd = dup(input);
  output_fd = dup(output);
  if (input_fd < 0 || output_fd < 0) return false;
  have_before = tcgetattr(input_fd, &before) == 0;
  input_file = fdopen(input_fd, "r");
  output_file = fdopen(output_fd, "w");
  if (!input_file || !output_file) return false;
  use_env(FALSE);
  use_tioctl(TRUE);
  screen = newterm(term, output_file, input_file);
  if (!screen) return false;
  taken = 1;
  raw();
  noecho();
  nonl();
  typeahead(-1);
  intrflush(NULL, FALSE);
  keypad(stdscr, TRUE);
  leaveok(stdscr, FALSE);
  scrollok(stdscr, FALSE);
  set_escdelay(25);
  curs_set(0);
  colours = has_colors() && start_color() == OK;
  if (colours) use_default_colors();
  wattr_set(stdscr, 0, 0, NULL);
  paste = knows_private_modes(term);
  mouse_on = mouse && paste;
  restore_length = 0;
  if (paste) append_text("\033[?2004l");
  if (mouse_on) append_text("\033[?1006l\033[?1000l");
  append_capability("sgr0");
  append_capability("op");
  append_capability("cnorm");
  append_capability("rmkx");
  append_capability("rmcup");
  append_text("\r");
  modes(true);
  if (!registered) {
    registered = true;
    atexit(put_right);
  }
  return true;
}

void qd_leave(void) {
  if (!screen || !taken) return;
  modes(false);
  curs_set(1);
  endwin();
  taken = 0;
}

void qd_enter(void) {
  if (!screen || taken) return;
  reset_prog_mode();
  taken = 1;
  modes(true);
  clearok(curscr, TRUE);
  curs_set(0);
}

void qd_close(void) {
  if (!screen) return;
  qd_leave();
  delscreen(screen);
  screen = NULL;
  fclose(input_file);
  fclose(output_file);
  input_fd = output_fd = -1;
}

const char *qd_capability(const char *name) {
  char *text = tigetstr(name);
  return text == (char *)-1 ? NULL : text;
}

int qd_erase_character(int input) {
  struct termios now;
  if (have_before) return before.c_cc[VERASE];
  return tcgetattr(input, &now) == 0 ? now.c_cc[VERASE] : 0;
}

int qd_colours(void) { return colours ? COLORS : 0; }

int qd_pair(int foreground, int background) {
  if (!colours) return 0;
  int pair = alloc_pair(foreground, background);
  return pair < 0 ? 0 : pair;
}

int qd_width(uint32_t scalar) { return wcwidth((wchar_t)scalar); }

void qd_put(int row, int column, const qd_cell *cells, int count) {
  enum { LIMIT = 1024 };
  cchar_t line[LIMIT];
  if (!screen || count <= 0) return;
  if (count > LIMIT) count = LIMIT;
  for (int i = 0; i < count; i++) {
    wchar_t text[3] = {(wchar_t)cells[i].scalar, (wchar_t)cells[i].mark, 0};
    attr_t attributes = A_NORMAL;
    int pair = cells[i].pair;
    if (cells[i].attributes & QD_BOLD) attributes |= A_BOLD;
    if (cells[i].attributes & QD_DIM) attributes |= A_DIM;
    if (cells[i].attributes & QD_UNDERLINE) attributes |= A_UNDERLINE;
    if (cells[i].attributes & QD_REVERSE) attributes |= A_REVERSE;
    if (setcchar(&line[i], text, attributes, 0, &pair) != OK) {
      text[0] = L'?';
      text[1] = 0;
      setcchar(&line[i], text, attributes, 0, &pair);
    }
  }
  mvadd_wchnstr(row, column, line, count);
}

void qd_paint(int row, int column, bool shows_cursor) {
  if (!screen) return;
  move(row, column);
  curs_set(shows_cursor ? 1 : 0);
  wnoutrefresh(stdscr);
  doupdate();
  fflush(output_file);
}

void qd_resize(int *rows, int *columns) {
  struct winsize size = {0};
  if (ioctl(output_fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
      size.ws_col > 0 && is_term_resized(size.ws_row, size.ws_col)) {
    resize_term(size.ws_row, size.ws_col);
    clearok(curscr, TRUE);
  }
  *rows = LINES;
  *columns = COLS;
}

void qd_forget(void) {
  if (screen) clearok(curscr, TRUE);
}

// Signals

static int wake_read = -1;
static volatile sig_atomic_t wake_write = -1;

static const struct {
  int number;
  char byte;
} watched[] = {
    {SIGWINCH, QD_WAKE_RESIZE}, {SIGTERM, QD_WAKE_TERMINATE},
    {SIGINT, QD_WAKE_TERMINATE}, {SIGHUP, QD_WAKE_HANGUP},
    {SIGTSTP, QD_WAKE_SUSPEND}, {SIGCONT, QD_WAKE_CONTINUE},
};
enum { WATCHED = sizeof watched / sizeof watched[0] };
static struct sigaction watched_before[WATCHED];

static const int crashes[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
                              SIGSEGV, SIGQUIT};
enum { CRASHES = sizeof crashes / sizeof crashes[0] };
static struct sigaction crash_before[CRASHES];
static int saved_errors = -1;

static void on_signal(int number) {
  int error = errno;
  for (int i = 0; i < WATCHED; i++)
    if (watched[i].number == number) {
      ssize_t ignored = write((int)wake_write, &watched[i].byte, 1);
      (void)ignored;
    }
  errno = error;
}

// Puts the terminal right, then lets whoever handled the crash before (Swift's
// backtracer) have it.
static void on_crash(int number) {
  put_right();
  if (saved_errors >= 0) dup2(saved_errors, STDERR_FILENO);
  for (int i = 0; i < CRASHES; i++)
    if (crashes[i] == number) sigaction(number, &crash_before[i], NULL);
  raise(number);
}

bool qd_signals_open(int *read_end, int *write_end) {
  int ends[2];
  if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return false;
  wake_read = ends[0];
  wake_write = ends[1];
  struct sigaction action = {0};
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  action.sa_handler = on_signal;
  for (int i = 0; i < WATCHED; i++)
    sigaction(watched[i].number, &action, &watched_before[i]);
  action.sa_flags = SA_ONSTACK;
  action.sa_handler = on_crash;
  for (int i = 0; i < CRASHES; i++)
    sigaction(crashes[i], &action, &crash_before[i]);
  *read_end = ends[0];
  *write_end = ends[1];
  return true;
}

// The pipe stays open: a background task may still hold its write end.
void qd_signals_close(void) {
  if (wake_read < 0) return;
  for (int i = 0; i < WATCHED; i++)
    sigaction(watched[i].number, &watched_before[i], NULL);
  for (int i = 0; i < CRASHES; i++)
    sigaction(crashes[i], &crash_before[i], NULL);
  wake_read = -1;
}

void qd_stop(void) {
  struct sigaction action = {0}, ours;
  sigemptyset(&action.sa_mask);
  action.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &action, &ours);
  kill(0, SIGTSTP);
  sigaction(SIGTSTP, &ours, NULL);
}

bool qd_redirect_errors(const char *path) {
  if (saved_errors >= 0) return true;
  int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
                  : -1;
  if (file < 0) file = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  saved_errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  bool done = saved_errors >= 0 && dup2(file, STDERR_FILENO) >= 0;
  close(file);
  return done;
}

void qd_restore_errors(void) {
  if (saved_errors < 0) return;
  dup2(saved_errors, STDERR_FILENO);
  close(saved_errors);
  saved_errors = -1;
}
