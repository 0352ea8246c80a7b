using KernelGateway.Executions;
using KernelGateway.Kernels;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>What the contexts of one gateway share.</summary>
internal sealed record ContextServices(
    ContextOptions ContextOptions,
    KernelOptions KernelOptions,
    ExecutionRegistry Executions,
    string SpillDirectory,
    ILogger Logger,
    TimeProvider Time);
