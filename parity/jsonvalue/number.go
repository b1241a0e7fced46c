package jsonvalue

import (
	"math/big"
	"strconv"
	"strings"
)

// SameNumber tells whether two spellings are of one number, exactly: 1, 1.0 and 10e-1
// are, 9007199254740993 and 9007199254740992 are not.
func SameNumber(a, b string) bool {
	return a == b || Normal(a) == Normal(b)
}

// Normal is one spelling for all spellings of a number: its digits without zeros at
// either end, and the power of ten that the last one stands for. A number whose
// exponent has more than a thousand digits is the same only as what is spelt like it.
func Normal(number string) string {
	sign := ""
	if strings.HasPrefix(number, "-") {
		sign, number = "-", number[1:]
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return "0"
	}
	shift := int64(len(digits) - len(significant) - len(fraction))
	switch {
	case len(exponent) > maxPower: // reading it would take longer than it is worth
		return sign + digits + "e" + exponent + "-" + strconv.Itoa(len(fraction))
	case len(exponent) > 15:
		power, ok := new(big.Int).SetString(strings.TrimPrefix(exponent, "+"), 10)
		if !ok {
			return number // which is none
		}
		return sign + significant + "e" + power.Add(power, big.NewInt(shift)).String()
	case exponent != "":
		power, _ := strconv.ParseInt(exponent, 10, 64) // the grammar has been checked
		shift += power
	}
	return sign + significant + "e" + strconv.FormatInt(shift, 10)
}

// isZero tells whether a number has no digit but 0 before its exponent.
func isZero(number string) bool {
	mantissa, _, _ := strings.Cut(strings.ReplaceAll(number, "E", "e"), "e")
	return strings.Trim(mantissa, "-0.") == ""
}

// maxPower bounds the numbers that are calculated with: a short text can stand for a
// number that no memory holds.
const maxPower = 1000

// Rational gives a number to calculate with, and false when it is too large or small.
func Rational(number string) (*big.Rat, bool) {
	_, power, _ := strings.Cut(Normal(number), "e")
	if len(power) > 5 || len(number) > maxPower {
		return nil, false
	}
	p, ok := new(big.Int).SetString("0"+strings.TrimPrefix(power, "-"), 10)
	if !ok || p.Int64() > maxPower {
		return nil, false
	}
	return new(big.Rat).SetString(number)
}
