/* SPDX-License-Identifier: MIT */
/* Days are counted from 0000-03-01, so that the leap day ends a year. */
#include "rtc_date.h"

#define DAYS_TO_1970 719468
#define DAYS_400     146097

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

struct rtc_date rtc_date_from(int64_t seconds)
{
    int64_t day = floor_div(seconds, 86400);
    int64_t rest = seconds - day * 86400;
    int64_t z = day + DAYS_TO_1970;
    int64_t era = floor_div(z, DAYS_400);
    int64_t doe = z - era * DAYS_400;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t month = (5 * doy + 2) / 153; /* 0 = March */
    struct rtc_date date;

    date.day = (int)(doy - (153 * month + 2) / 5 + 1);
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = (int)(yoe + era * 400 + (date.month <= 2 ? 1 : 0));
    date.hour = (int)(rest / 3600);
    date.minute = (int)(rest / 60 % 60);
    date.second = (int)(rest % 60);
    date.weekday = (int)((day % 7 + 11) % 7 + 1); /* 1970-01-01 was a Thursday (5) */
    return date;
}

int64_t rtc_date_seconds(const struct rtc_date *date)
{
    int64_t months = (int64_t)date->year * 12 + date->month - 1;
    int64_t year = floor_div(months, 12);
    int64_t month = months - year * 12; /* 0 = January */
    int64_t y = year - (month < 2 ? 1 : 0);
    int64_t era = floor_div(y, 400);
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month > 1 ? month - 2 : month + 10) + 2) / 5 + date->day - 1;
    int64_t day = era * DAYS_400 + yoe * 365 + yoe / 4 - yoe / 100 + doy - DAYS_TO_1970;

    return day * 86400 + date->hour * 3600 + date->minute * 60 + date->second;
}
