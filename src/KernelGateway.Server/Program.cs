using System.CommandLine;
using System.CommandLine.Invocation;
using KernelGateway.Launching.Processes;
using KernelGateway.Server;

OwnProcess.Protect();

// Signals are the commands' own business: a server stops its kernels first, a run interrupts its kernel.
var parsed = CommandLine.Create().Parse(args);
var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

// The parser's exit code for an invalid command line is 1, which here means that code raised an error or a check failed.
return parsed.Action is ParseErrorAction ? ExitCodes.Usage : exitCode;
