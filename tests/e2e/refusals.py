"""Asserting on what a client is refused with."""

import re
import unittest

import botocore.exceptions


class Refusals(unittest.TestCase):
    def refused(self, code, message, call, **arguments):
        """The call fails with HTTP 400, this code, and this message (text, or a pattern in it)."""
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        error = caught.exception.response["Error"]
        self.assertEqual(code, error["Code"], error)
        if isinstance(message, re.Pattern):
            self.assertRegex(error["Message"], message)
        else:
            self.assertEqual(message, error["Message"])
        self.assertEqual(400, caught.exception.response["ResponseMetadata"]["HTTPStatusCode"])
