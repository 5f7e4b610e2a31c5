/* SPDX-License-Identifier: MIT */
/* Calendar arithmetic of the RTC: seconds since 1970 to date and back (Gregorian). */
#ifndef VMM_RTC_DATE_H
#define VMM_RTC_DATE_H

#include <stdint.h>

struct rtc_date {
    int year, month, day;      /* month and day from 1 */
    int hour, minute, second;
    int weekday;               /* 1 = Sunday */
};

struct rtc_date rtc_date_from(int64_t seconds);

/* Fields outside their range (a guest may write anything) carry over. */
int64_t rtc_date_seconds(const struct rtc_date *date);

#endif
