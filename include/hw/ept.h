/* SPDX-License-Identifier: MIT */
/* Extended page tables: entries, pointer and capability bits (SDM vol. 3, 28.3, A.10). */
#ifndef HW_EPT_H
#define HW_EPT_H

#define EPT_READ       0x001ull
#define EPT_WRITE      0x002ull
#define EPT_EXEC       0x004ull
#define EPT_WB         (6ull << 3)

#define EPTP_WB       6ull
#define EPTP_4_LEVELS (3ull << 3)
#define EPTP_AD       (1ull << 6)

/* IA32_VMX_EPT_VPID_CAP */
#define EPT_CAP_2M             (1ull << 16)
#define EPT_CAP_1G             (1ull << 17)
#define EPT_CAP_AD             (1ull << 21)
#define EPT_CAP_INVEPT_SINGLE  (1ull << 25)

enum { INVEPT_SINGLE = 1, INVEPT_ALL = 2 };
enum { INVVPID_SINGLE = 1, INVVPID_ALL = 2 };

#endif
