package dunning_test

import (
	"fmt"
	"os"
)

func dbg(s *sim) {
	if os.Getenv("DBG") == "" {
		return
	}
	fmt.Println("AT", s.now, "HELD", s.plan.Held, "ITEMS", s.plan.Items)
}
