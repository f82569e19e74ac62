package temporal

import (
	"time"

	"go.temporal.io/server/common/dynamicconfig"
)

// The two settings that make a lab, and must never be on where real money is collected.
const (
	keyTimeSkipping      = "frontend.WorkflowTimeSkippingEnabled"
	keyTimerMaxTimeShift = "history.timerProcessorMaxTimeShift"
)

// settings is the server's dynamic configuration.
func settings(lab bool) map[dynamicconfig.Key]any {
	set := map[dynamicconfig.Key]any{}
	for key, value := range map[string]any{
		// One partition per task queue: four, the default, only add hops on one machine.
		"matching.numTaskqueueReadPartitions":  1,
		"matching.numTaskqueueWritePartitions": 1,
		// Payments before reminders, creditor by creditor, as the workflow asks for.
		"matching.enableFairness": true,
	} {
		set[dynamicconfig.MakeKey(key)] = value
	}
	if lab {
		set[dynamicconfig.MakeKey(keyTimeSkipping)] = true
		set[dynamicconfig.MakeKey(keyTimerMaxTimeShift)] = time.Millisecond // by default each skipped timer may cost a second
		// By default the queues of due work are read 20 times a second, which is a quarter of a second per act
		// when time flies.
		set[dynamicconfig.MakeKey("history.timerProcessorMaxPollRPS")] = 5000
		set[dynamicconfig.MakeKey("history.transferProcessorMaxPollRPS")] = 5000
	}
	return set
}
