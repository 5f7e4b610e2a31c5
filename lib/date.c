/* SPDX-License-Identifier: MIT */
/*
 * Calendar dates. Years are counted from March, so that the leap day is the last of a year; a
 * cycle of 400 years has 146,097 days.
 */
#include <lib/date.h>

#define CYCLE_DAYS  146097
#define EPOCH_DAYS  719468 /* from 0000-03-01 to 1970-01-01 */
#define DAY_SECONDS 86400

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t date_to_seconds(int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute,
                        int32_t second)
{
    int64_t months = (int64_t)month - 3; /* from March */
    int64_t y = year + floor_div(months, 12);
    int64_t m = months - floor_div(months, 12) * 12;
    int64_t cycle = floor_div(y, 400);
    int64_t in_cycle = y - cycle * 400;
    int64_t days = cycle * CYCLE_DAYS + in_cycle * 365 + in_cycle / 4 - in_cycle / 100 +
                   (153 * m + 2) / 5 + day - 1 - EPOCH_DAYS;

    return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

void date_from_seconds(int64_t seconds, struct date *out)
{
    int64_t days = floor_div(seconds, DAY_SECONDS);
    int32_t left = (int32_t)(seconds - days * DAY_SECONDS);
    int64_t since = days + EPOCH_DAYS;
    int64_t cycle = floor_div(since, CYCLE_DAYS);
    int32_t d = (int32_t)(since - cycle * CYCLE_DAYS);
    int32_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int32_t in_year = d - (365 * y + y / 4 - y / 100);
    int32_t m = (5 * in_year + 2) / 153;

    out->day = in_year - (153 * m + 2) / 5 + 1;
    out->month = m < 10 ? m + 3 : m - 9;
    out->year = (int32_t)(cycle * 400) + y + (m >= 10);
    out->hour = left / 3600;
    out->minute = left / 60 % 60;
    out->second = left % 60;
    out->weekday = (int32_t)(((days + 4) % 7 + 7) % 7);
}
