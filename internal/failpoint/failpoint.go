// Package failpoint makes a process fail at a named place, so that a test can prove what survives it.
//
// It acts only in a binary built with the tag "failpoint"; in every other build Hit is empty. Three
// environment variables steer it:
//
//	FAILPOINT          name:n:mode[,name:n:mode…] – at the n-th hit (from 1) of that name, do mode once:
//	                     kill   SIGKILL the own process: nothing is flushed, closed or answered
//	                     pause  stand still until the file named by FAILPOINT_RELEASE exists
//	                     error  let Hit return an *Error
//	FAILPOINT_RELEASE  file whose existence ends every pause
//	FAILPOINT_LOG      file that gets a line "name pid time mode" per fault, synced before the fault acts,
//	                   so that a test can tell a fault that happened from one that did not
//
// A place may carry a suffix after a slash: a hit of "F1/sms" counts for the rules "F1" and "F1/sms".
//
// The places of this product:
//
//	F1/<act>   guard committed, request not yet made           (act: email, sms, place, recall)
//	F2/<act>   the provider has answered, the answer is not looked at yet
//	F3/<act>   the answer was read, finish not yet committed
//	F4/<act>   finish committed, the activity not yet answered
//	F5/<name>  the server has the activity's answer, the next workflow task is not answered (name: of the activity)
//	F6/<fact>  payment, another fact, an issue or an opt_out committed, caller not yet answered (the API or the CLI)
//	F7         a fact is acknowledged, the relay has not looked yet
//	F8         signal sent, wake not yet marked delivered
//	F9/<act>   the request is with the provider: the attempt is in flight; made for pause
//	F11        the case is closed in the database, CloseCase has not answered
//	F11/wft    the workflow task that completes the case is under way
//	F12        invoice committed, workflow not yet started
//	F13        workflow started, not yet marked as started
package failpoint

// Error is what Hit returns in mode "error".
type Error struct {
	Name string // the place that was hit
}

// Error names the place.
func (e *Error) Error() string { return "failpoint " + e.Name }
