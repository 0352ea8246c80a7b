using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Memory;
using KernelGateway.RichData;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>The services that the contexts of one gateway share.</summary>
internal sealed record ContextServices(
    ContextOptions ContextOptions,
    KernelOptions KernelOptions,
    PythonRichData RichData,
    SharedVariables Variables,
    ExecutionRegistry Executions,
    JournalStore Journals,
    MemoryAccount Memory,
    GatewayTelemetry Telemetry,
    ILogger Logger,
    TimeProvider Time);
