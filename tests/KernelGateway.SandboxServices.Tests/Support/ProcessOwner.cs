using KernelGateway.Processes.Owners;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.SandboxServices.Tests.Support;

/// <summary>An owner of processes that is not a gateway.</summary>
internal sealed class ProcessOwner(string directory) : IProcessOwner, IAsyncDisposable
{
    private IAsyncDisposable? _service;

    public Dictionary<string, string> Variables { get; set; } = [];

    IReadOnlyDictionary<string, string> IProcessOwner.Variables => Variables;

    string? IProcessOwner.WorkingDirectory => directory;

    ILoggerFactory IProcessOwner.LoggerFactory => NullLoggerFactory.Instance;

    TimeProvider IProcessOwner.TimeProvider => TimeProvider.System;

    T IProcessOwner.GetOrAttach<T>(Func<T> create) => (T)(_service ??= create());

    public ValueTask DisposeAsync() => _service?.DisposeAsync() ?? ValueTask.CompletedTask;
}
