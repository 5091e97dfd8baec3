#ifndef CAnsible_H
#define CAnsible_H
#endif
