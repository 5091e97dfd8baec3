// System calls of Linux that Swift cannot reach, or not without variadic
// functions and feature macros: starting detached and foreground children,
// rtnetlink, and gzip, whose stream is a struct of pointers.
#ifndef QUARTERDECK_CPLATFORM_H
#define QUARTERDECK_CPLATFORM_H

#include <stdint.h>
#include <sys/types.h>

/// How a child is started. Every pointer lives until the call returns.
struct qd_child {
  const char *executable;       // a path, not a name to search for
  char *const *arguments;       // ends with NULL, begins with the name
  char *const *environment;     // ends with NULL
  const char *working_directory;  // NULL keeps ours
  const char *input;            // file for standard input, or NULL
  int input_descriptor;         // standard input where there is no file
  const char *output;           // file that standard output is appended to
  const char *errors;           // file for standard error; NULL means output
};

/// Starts a child that outlives us and our terminal: a session of its own, no
/// descriptors but the three files, default signals.
/// Returns 0 and sets `pid`, or an errno.
int qd_start_detached(const struct qd_child *child, pid_t *pid);

/// Makes a pipe that holds `size` bytes and then ends; no child inherits it but
/// by `input_descriptor`. Returns 0 and sets `reader`, or an errno: E2BIG when
/// a pipe does not hold that much.
int qd_fill_pipe(const uint8_t *bytes, size_t size, int *reader);

/// Runs a child on our terminal and waits for it; keyboard signals that are
/// meant for it do not end us meanwhile.
/// Returns 0 and sets `status` as waitpid(2) does, or an errno.
int qd_run_in_foreground(const struct qd_child *child, int *status);

/// The sentence for an errno, in `text`. Safe to call from any thread.
void qd_describe_errno(int number, char *text, size_t size);

/// Sets a file's lock without waiting. Returns 0, or an errno; EWOULDBLOCK
/// when another process or descriptor holds it.
int qd_try_lock(int descriptor);

/// Has malloc(3) give large blocks back from now on, and keep two arenas at
/// most: each thread that ever allocated much would keep one of its own.
void qd_keep_heap_small(void);

/// Gives memory that is free back to the operating system.
void qd_give_memory_back(void);

/// How many processors this process may run on; 0 where nobody can tell.
int qd_usable_processors(void);

/// The most bytes that `size` bytes become as gzip.
size_t qd_gzip_bound(size_t size);

/// Packs `size` bytes in gzip format. Returns the bytes written, or 0.
size_t qd_gzip(const uint8_t *from, size_t size, uint8_t *to, size_t room);

/// Unpacks a whole gzip text.
/// Returns the bytes written, -1 when `room` is too small, -2 when it is none.
ssize_t qd_gunzip(const uint8_t *from, size_t size, uint8_t *to, size_t room);

/// An address of an interface. IPv4 addresses are the first 4 bytes.
struct qd_address {
  int family;       // AF_INET or AF_INET6
  int prefix;       // bits of the network
  int scope;        // RT_SCOPE_…
  int interface;    // its index
  int is_secondary;
  uint8_t local[16];
  uint8_t address[16];  // the peer's, where there is one
  int has_broadcast;
  uint8_t broadcast[16];
  char label[16];   // of IPv4 addresses: eth0:1
};

/// A route of one of the routing tables.
struct qd_route {
  int family;
  int prefix;       // bits of the destination
  int is_local;     // whether it is a local one of the local table
  int interface;    // its index, 0 where there is none
  uint8_t destination[16];
  int has_gateway;
  uint8_t gateway[16];
  int has_source;
  uint8_t source[16];
};

/// Tells of every address of this machine. Returns 0 or an errno.
int qd_list_addresses(
    void (*each)(const struct qd_address *address, void *context),
    void *context);

/// Tells of every route of a family. Returns 0 or an errno.
int qd_list_routes(
    int family, void (*each)(const struct qd_route *route, void *context),
    void *context);

/// Tells of the route that a packet to `address` would take; of none, and
/// returns an errno, where there is no way.
int qd_route_to(
    int family, const uint8_t *address,
    void (*each)(const struct qd_route *route, void *context),
    void *context);

#endif
