using System.CommandLine;
using KernelGateway.Server;

// Signals are the commands' own business: a server stops its kernels first, a run interrupts its kernel.
return await CommandLine.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
