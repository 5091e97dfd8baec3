// The gzip format through zlib.
#include <zlib.h>

#include "CPlatform.h"

// zlib's window bits plus 16 ask for gzip's own header and checksum.
enum { gzip_window = 15 + 16 };

size_t qd_gzip_bound(size_t size) { return compressBound(size) + 32; }

size_t qd_gzip(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  z_stream stream = {0};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return 0;
  stream.next_in = (Bytef *)from;
  stream.avail_in = (uInt)size;
  stream.next_out = to;
  stream.avail_out = (uInt)room;
  int result = deflate(&stream, Z_FINISH);
  size_t written = stream.total_out;
  deflateEnd(&stream);
  return result == Z_STREAM_END ? written : 0;
}

ssize_t qd_gunzip(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
  z_stream stream = {0};
  if (inflateInit2(&stream, gzip_window) != Z_OK) return -2;
  stream.next_in = (Bytef *)from;
  stream.avail_in = (uInt)size;
  stream.next_out = to;
  stream.avail_out = (uInt)room;
  int result = inflate(&stream, Z_FINISH);
  ssize_t written = (ssize_t)stream.total_out;
  inflateEnd(&stream);
  if (result == Z_STREAM_END) return written;
  return result == Z_BUF_ERROR && stream.avail_out == 0 ? -1 : -2;
}
