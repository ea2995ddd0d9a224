package render

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFormulaAsText(t *testing.T) {
	for tex, want := range map[string]string{
		`\frac{3}{4}`:                 "3/4",
		`\dfrac{1}{2} + \tfrac{a}{b}`: "1/2 + a/b",
		`\frac12`:                     "1/2",
		`\frac{\frac{1}{2}}{3}`:       "1/2/3",
		`3 \times 4 \div 2 \ne 5`:     "3 × 4 ÷ 2 ≠ 5",
		`x^{2} \le 10\%`:              "x^2 ≤ 10%",
		`\text{half of } n`:           "half of n",
		`\left( a \right)`:            "( a )",
		`\sqrt{2}`:                    "√2",
		`\unknowncommand`:             "",
		`}{\`:                         "",
		`\frac`:                       "",
		`¿\é?`:                        "¿?",
	} {
		assert.Equal(t, want, texText([]byte(tex)), tex)
	}
	assert.Empty(t, texText([]byte(strings.Repeat(`\frac{`, 100_000))))
	assert.Equal(t, "3 sandwiches for 4: 3/4 each.", Text([]byte("3 sandwiches for 4: $\\frac{3}{4}$ each.\n")))
}
