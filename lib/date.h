/* SPDX-License-Identifier: MIT */
/*
 * Calendar dates and seconds since 1970-01-01 00:00:00, proleptic Gregorian, no leap seconds.
 */
#ifndef LIB_DATE_H
#define LIB_DATE_H

#include <stdint.h>

/* Month 1..12, day 1..31; other values count on, as in mktime(). */
int64_t date_to_seconds(int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute,
                        int32_t second);

struct date {
    int32_t year, month, day, hour, minute, second;
    int32_t weekday; /* 0 = Sunday */
};
void date_from_seconds(int64_t seconds, struct date *out);

#endif
