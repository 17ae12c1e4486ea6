"""Dates, times and durations in ISO 8601: what is understood, what is refused, what is written."""

import unittest
from datetime import date, datetime, time, timedelta, timezone

from cwd_server.toolkit import iso8601

UTC = timezone.utc


def zone(hours, minutes=0):
    return timezone(timedelta(hours=hours, minutes=minutes))


class Reading(unittest.TestCase):
    def check(self, parse, right, wrong):
        for text, expected in right:
            with self.subTest(text=text):
                got = parse(text)
                self.assertEqual(got, expected)
                self.assertEqual(getattr(got, "tzinfo", None), getattr(expected, "tzinfo", None))
        for text in wrong:
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse(text)

    def test_dates(self):
        day = date(2024, 1, 31)
        self.check(
            iso8601.parse_date,
            [
                ("2024-01-31", day),
                (" 2024-01-31 ", day),
                ("2024-01-31T00:00:00", day),
                ("2024-01-31 00:00:00.000Z", day),
            ],
            [
                "",
                "2024-1-31",
                "20240131",
                "2024-02-30",
                "2024-01-31T01:00:00",
                "2024-01-31x",
                "٢٠٢٤-01-31",
            ],
        )

    def test_times(self):
        self.check(
            iso8601.parse_time,
            [
                ("15:04", time(15, 4)),
                ("15:04:05", time(15, 4, 5)),
                ("15:04:05.5", time(15, 4, 5, 500000)),
                ("15:04:05,123456789", time(15, 4, 5, 123456)),
                ("15:04:05Z", time(15, 4, 5, tzinfo=UTC)),
                ("15:04:05z", time(15, 4, 5, tzinfo=UTC)),
                ("15:04+02:30", time(15, 4, tzinfo=zone(2, 30))),
                ("15:04-0230", time(15, 4, tzinfo=zone(-2, -30))),
                ("15:04+02", time(15, 4, tzinfo=zone(2))),
            ],
            [
                "",
                "15",
                "5:04",
                "24:00",
                "15:60",
                "15:04:60",
                "15:04:05.",
                "15:04+2",
                "15:04+02:60",
                "15:04+24:00",
                "15:04 UTC",
            ],
        )

    def test_moments(self):
        self.check(
            iso8601.parse_datetime,
            [
                ("2024-01-31T15:04:05Z", datetime(2024, 1, 31, 15, 4, 5, tzinfo=UTC)),
                ("2024-01-31 15:04", datetime(2024, 1, 31, 15, 4)),
                (
                    "2024-01-31t15:04:05.25+01:00",
                    datetime(2024, 1, 31, 15, 4, 5, 250000, tzinfo=zone(1)),
                ),
                ("2024-01-31", datetime(2024, 1, 31)),
            ],
            [
                "",
                "2024-01-31T",
                "2024-01-31Z",
                "2024-01-31T15",
                "2024-13-31T15:04",
                "2024-01-31  15:04",
            ],
        )

    def test_durations(self):
        self.check(
            iso8601.parse_duration,
            [
                ("P1DT2H3M4.5S", timedelta(1, 2 * 3600 + 3 * 60 + 4.5)),
                ("PT36H", timedelta(hours=36)),
                ("PT0S", timedelta()),
                ("P2W", timedelta(14)),
                ("P1Y2M", timedelta(425)),
                ("P0.5D", timedelta(hours=12)),
                ("PT1,5S", timedelta(seconds=1.5)),
                ("-PT1.5S", -timedelta(seconds=1.5)),
                ("+P1D", timedelta(1)),
            ],
            ["", "P", "PT", "1D", "P1", "P1H", "PT1D", "P1D2H", "P9999999999D", "p1d", "P-1D"],
        )


class Writing(unittest.TestCase):
    def test_moments(self):
        for moment, text in [
            (datetime(2024, 1, 31, 15), "2024-01-31T15:00:00"),
            (datetime(2024, 1, 31, 15, tzinfo=UTC), "2024-01-31T15:00:00Z"),
            (datetime(2024, 1, 31, 15, 0, 0, 5, zone(-1)), "2024-01-31T15:00:00.000005-01:00"),
        ]:
            with self.subTest(text=text):
                self.assertEqual(iso8601.format_datetime(moment), text)
                self.assertEqual(iso8601.parse_datetime(text), moment)

    def test_times(self):
        for moment, text in [(time(15), "15:00:00"), (time(15, tzinfo=UTC), "15:00:00Z")]:
            with self.subTest(text=text):
                self.assertEqual(iso8601.format_time(moment), text)

    def test_durations(self):
        for duration, text in [
            (timedelta(), "PT0S"),
            (timedelta(1), "P1D"),
            (timedelta(400), "P400D"),
            (timedelta(1, 5025, 500000), "P1DT1H23M45.5S"),
            (timedelta(minutes=1), "PT1M"),
            (timedelta(microseconds=1), "PT0.000001S"),
            (timedelta(hours=10), "PT10H"),
            (timedelta(seconds=20), "PT20S"),
            (-timedelta(1), "-P1D"),
            (-timedelta(seconds=1.5), "-PT1.5S"),
        ]:
            with self.subTest(text=text):
                self.assertEqual(iso8601.format_duration(duration), text)
                self.assertEqual(iso8601.parse_duration(text), duration)


if __name__ == "__main__":
    unittest.main()
