using System.CommandLine;
using System.CommandLine.Invocation;
using KernelGateway.Launching.Processes;
using KernelGateway.Server;

OwnProcess.Protect();

// Signals are the commands' own business: a server stops its kernels first, a run interrupts its kernel.
var parsed = CommandLine.Create().Parse(args);
var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

// The parser's own code for what it does not understand is 1, which is that of code that raised and of checks that failed.
return parsed.Action is ParseErrorAction ? ExitCodes.Usage : exitCode;
