/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates and timestamps, proleptic Gregorian. Days are counted with the year starting in March, so
 * that the leap day is the last of its year and months follow one formula.
 */
#include "dynr/value.h"

#define MS_PER_DAY INT64_C(86400000)
/* Days from 0000-03-01 to 1970-01-01. */
#define EPOCH_DAY 719468
#define MS_MIN    (INT64_C(-719528) * MS_PER_DAY)
#define MS_MAX    (INT64_C(2932897) * MS_PER_DAY - 1)

/* `n` digits at `p`; -1 when they are not all digits. */
static int parse_digits(const char *p, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return -1;
        }
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

static void write_digits(unsigned value, int n, char *out)
{
    for (int i = n - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

static int days_in_month(int year, int month)
{
    static const signed char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01. */
static int64_t days_from_date(struct dynr_date date)
{
    /* One cycle of 400 years is added, because the March year of 0000-01-01 is -1. */
    int64_t year = date.year + 400 - (date.month <= 2);
    int64_t month = (date.month + 9) % 12;
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    return 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 146097 - EPOCH_DAY;
}

static struct dynr_date date_from_days(int64_t days)
{
    int64_t shifted = days + EPOCH_DAY + 146097;
    int64_t cycle = shifted / 146097;
    int64_t day = shifted % 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    struct dynr_date date;
    date.day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1);
    date.month = (uint8_t)(month < 10 ? month + 3 : month - 9);
    date.year = (int16_t)(year + cycle * 400 - 400 + (date.month <= 2));
    return date;
}

bool dynr_date_parse(struct dynr_str text, struct dynr_date *out)
{
    if (text.len != DYNR_DATE_LENGTH || text.ptr[4] != '-' || text.ptr[7] != '-') {
        return false;
    }
    int year = parse_digits(text.ptr, 4);
    int month = parse_digits(text.ptr + 5, 2);
    int day = parse_digits(text.ptr + 8, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
        return false;
    }
    out->year = (int16_t)year;
    out->month = (uint8_t)month;
    out->day = (uint8_t)day;
    return true;
}

void dynr_date_format(struct dynr_date date, char out[DYNR_DATE_LENGTH])
{
    write_digits((unsigned)date.year, 4, out);
    out[4] = '-';
    write_digits(date.month, 2, out + 5);
    out[7] = '-';
    write_digits(date.day, 2, out + 8);
}

/* "HH:MM:SS" at `p` in milliseconds; -1 when malformed. */
static int64_t parse_time_of_day(const char *p)
{
    int hour = parse_digits(p, 2);
    int minute = parse_digits(p + 3, 2);
    int second = parse_digits(p + 6, 2);
    if (p[2] != ':' || p[5] != ':' || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 59) {
        return -1;
    }
    return (hour * INT64_C(3600) + minute * INT64_C(60) + second) * 1000;
}

/*
 * ".f" to ".fffffffff" at the start of `rest`, which is stepped over; milliseconds, -1 when
 * malformed.
 */
static int parse_fraction(struct dynr_str *rest)
{
    int ms = 0;
    size_t i = 1;
    if (rest->len == 0 || rest->ptr[0] != '.') {
        return 0;
    }
    for (; i < rest->len && rest->ptr[i] >= '0' && rest->ptr[i] <= '9'; i++) {
        if (i <= 3) {
            ms = ms * 10 + (rest->ptr[i] - '0');
        }
    }
    size_t n_digits = i - 1;
    if (n_digits == 0 || n_digits > 9) {
        return -1;
    }
    for (; n_digits < 3; n_digits++) {
        ms *= 10;
    }
    *rest = dynr_str_make(rest->ptr + i, rest->len - i);
    return ms;
}

/* "Z" or an offset such as "+02:00", exactly, in minutes. */
static bool parse_zone(struct dynr_str text, int *out_minutes)
{
    if (dynr_str_equal_c(text, "Z")) {
        *out_minutes = 0;
        return true;
    }
    if (text.len != 6 || (text.ptr[0] != '+' && text.ptr[0] != '-') || text.ptr[3] != ':') {
        return false;
    }
    int hours = parse_digits(text.ptr + 1, 2);
    int minutes = parse_digits(text.ptr + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return false;
    }
    int total = hours * 60 + minutes;
    *out_minutes = text.ptr[0] == '-' ? -total : total;
    return true;
}

bool dynr_timestamp_parse(struct dynr_str text, struct dynr_timestamp *out)
{
    struct dynr_date date;
    /* The shortest form is 2026-01-31T12:00:00Z. */
    if (text.len < 20 || text.ptr[DYNR_DATE_LENGTH] != 'T' ||
        !dynr_date_parse(dynr_str_make(text.ptr, DYNR_DATE_LENGTH), &date)) {
        return false;
    }
    int64_t time_of_day = parse_time_of_day(text.ptr + 11);
    struct dynr_str rest = dynr_str_make(text.ptr + 19, text.len - 19);
    int fraction = parse_fraction(&rest);
    int offset = 0;
    if (time_of_day < 0 || fraction < 0 || !parse_zone(rest, &offset)) {
        return false;
    }
    int64_t ms =
        days_from_date(date) * MS_PER_DAY + time_of_day + fraction - offset * INT64_C(60000);
    if (ms < MS_MIN || ms > MS_MAX) {
        return false;
    }
    out->ms = ms;
    return true;
}

void dynr_timestamp_format(struct dynr_timestamp timestamp, char out[DYNR_TIMESTAMP_LENGTH])
{
    int64_t ms = timestamp.ms;
    /* A value that is not valid still must not leave the calendar. */
    ms = ms < MS_MIN ? MS_MIN : (ms > MS_MAX ? MS_MAX : ms);
    int64_t days = (ms - MS_MIN) / MS_PER_DAY;
    unsigned of_day = (unsigned)((ms - MS_MIN) % MS_PER_DAY);
    dynr_date_format(date_from_days(days + MS_MIN / MS_PER_DAY), out);
    out[10] = 'T';
    write_digits(of_day / 3600000, 2, out + 11);
    out[13] = ':';
    write_digits(of_day / 60000 % 60, 2, out + 14);
    out[16] = ':';
    write_digits(of_day / 1000 % 60, 2, out + 17);
    out[19] = '.';
    write_digits(of_day % 1000, 3, out + 20);
    out[23] = 'Z';
}
