using System.CommandLine;
using KernelGateway.Server;

// Signals are the commands' own business: a server stops its kernels first, a run interrupts its kernel.
var parsed = CommandLine.Create().Parse(args);
var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
return parsed.Errors.Count > 0 ? ExitCodes.Usage : exitCode;
