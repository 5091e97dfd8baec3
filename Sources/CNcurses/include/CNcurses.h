// What Swift needs of ncursesw, and no ncurses type or macro: macros such as
// A_BOLD and variables such as LINES cannot be imported under Swift 6.

#ifndef CNcurses_H
#define CNcurses_H

#include <stdbool.h>
#include <stdint.h>

// One cell of the screen. A wide character is one entry that takes two columns.
typedef struct {
  uint32_t scalar;
  uint32_t mark;        // a combining scalar on top, or 0
  uint32_t attributes;  // bits below
  int32_t pair;         // from qd_pair, 0 = the terminal's own colours
} qd_cell;

enum {
  QD_BOLD = 1,
  QD_DIM = 2,
  QD_UNDERLINE = 4,
  QD_REVERSE = 8,
};

// What qd_check found.
enum {
  QD_TERM_GOOD = 0,
  QD_TERM_UNKNOWN = 1,      // no entry of that name in the terminfo database
  QD_TERM_NO_DATABASE = 2,  // no terminfo database at all
  QD_TERM_DUMB = 3,         // the entry cannot move the cursor
};

// Bytes that arrive on the wake pipe.
enum {
  QD_WAKE_POSTED = 'w',
  QD_WAKE_RESIZE = 'r',
  QD_WAKE_TERMINATE = 't',
  QD_WAKE_HANGUP = 'h',
  QD_WAKE_SUSPEND = 's',
  QD_WAKE_CONTINUE = 'c',
};

// Sets the locale from the environment; true when its characters are UTF-8.
bool qd_locale(void);

// Whether ncurses can drive a terminal of this name. To be asked before
// qd_open: initscr(3) would end the process.
int qd_check(const char *term, int output);

// Takes the terminal over. False when ncurses refuses.
bool qd_open(const char *term, int input, int output, bool mouse);
// Gives the terminal back for good.
void qd_close(void);
// Gives the terminal back for a while, to a child or the shell; and takes it
// again, to be painted from nothing.
void qd_leave(void);
void qd_enter(void);

// A terminfo string such as "kcuu1", or NULL.
const char *qd_capability(const char *name);
// The character that erases on this terminal (stty erase), or 0.
int qd_erase_character(int input);

int qd_colours(void);
// A pair for two colours (-1 = the terminal's own), or 0 when there are none.
int qd_pair(int foreground, int background);
// Columns that the C library, and so ncurses, gives to a character.
int qd_width(uint32_t scalar);

void qd_put(int row, int column, const qd_cell *cells, int count);
// Sends what changed, and leaves the cursor at a place, hidden or not.
void qd_paint(int row, int column, bool shows_cursor);
// Reads the terminal's size anew.
void qd_resize(int *rows, int *columns);
// The next qd_paint sends every cell.
void qd_forget(void);

// A pipe that signals write to: TERM, INT, HUP, TSTP, CONT, WINCH.
bool qd_signals_open(int *read_end, int *write_end);
void qd_signals_close(void);
// Stops this process group as Ctrl-Z would; returns when it goes on.
void qd_stop(void);

// Sends stderr to a file (or nowhere, NULL) so that it cannot scribble on the
// screen; and brings it back.
bool qd_redirect_errors(const char *path);
void qd_restore_errors(void);

#endif
