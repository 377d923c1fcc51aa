"""The password of user `installer` before firmware 7, which follows from the serial number.

Source: public knowledge for years; the Python package `envoy-utils`, which real clients use, computes it so.
"""

import hashlib
from itertools import islice

_REALM = "enphaseenergy.com"


def installer_password(serial_number: str) -> str:
    """Of the gateway with that serial number."""
    seed = f"[e]installer@{_REALM}#{serial_number} EnPhAsE eNeRgY "
    digits = hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()
    zeros, ones = digits.count("0"), digits.count("1")
    password = ""
    for digit in islice(reversed(digits), 8):
        zeros = min(max(zeros - (zeros in (3, 6, 9)), 0), 20)
        ones = min(max(ones - (ones in (9, 15)), 0), 26)
        if digit == "0":
            password, zeros = password + chr(ord("f") + zeros), zeros - 1
        elif digit == "1":
            password, ones = password + chr(ord("@") + ones), ones - 1
        else:
            password += digit
    return password
