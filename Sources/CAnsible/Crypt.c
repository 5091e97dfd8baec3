// libcrypt's hash of a passphrase, the one that login(1) checks.

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "CAnsible.h"

bool ca_crypt(
    const char *phrase, const char *setting, char *hash, size_t capacity) {
  void *data = NULL;
  int size = 0;
  const char *made = crypt_ra(phrase, setting, &data, &size);
  bool fits = made && made[0] != '*' && strlen(made) < capacity;
  if (fits) strcpy(hash, made);
  if (data) {
    explicit_bzero(data, (size_t)size);
    free(data);
  }
  return fits;
}
