// The lock that the threads share: the console's, and of what is counted beside it. Recursive.
#pragma once

void port_lock_open(void);
void port_lock_take(void);
void port_lock_give(void);
