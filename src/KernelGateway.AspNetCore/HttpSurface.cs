using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.Executions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore;

/// <summary>The state shared by the endpoints of one mapped gateway.</summary>
internal sealed class HttpSurface
{
    private readonly IServiceProvider _services;

    public HttpSurface(IServiceProvider services, KernelGatewayHttpOptions options)
    {
        _services = services;
        Options = options;
        Body = new JsonBody(options.MaxRequestBodyBytes, () => Gateway.Memory);
        Time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var loggers = services.GetRequiredService<ILoggerFactory>();
        Logger = loggers.CreateLogger("KernelGateway.Http");
        var audit = options.Audit ? loggers.CreateLogger(AuditLog.Category) : null;
        Audit = new AuditLog(audit);
        SandboxAudit = new SandboxAudit(audit);
        Stopping = services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
    }

    /// <summary>Gets the gateway; it exists once the host has started, which is before the first request.</summary>
    public Gateway Gateway => _services.GetRequiredService<Gateway>();

    public KernelGatewayHttpOptions Options { get; }

    public JsonBody Body { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    public AuditLog Audit { get; }

    public SandboxAudit SandboxAudit { get; }

    /// <summary>Gets the token that is cancelled when the server begins to stop.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Removes a context for a request; false when it has been removed already.</summary>
    public async Task<bool> TryRemoveContextAsync(HttpContext context, string id)
    {
        if (!await Gateway.Contexts.TryRemoveAsync(id)) return false;
        Audit.Removed(context, id);
        return true;
    }

    /// <summary>
    /// Aborts the connection when the server stops during the request. A stream that ended normally would look complete to its
    /// client, and a kernel that is being started would delay the stop.
    /// </summary>
    public CancellationTokenRegistration AbortWhenStopping(HttpContext context) =>
        Stopping.UnsafeRegister(static state => ((HttpContext)state!).Abort(), context);

    /// <summary>Aborts the connection of a client that has stopped reading when its journal reader is cut off.</summary>
    public static CancellationTokenRegistration AbortWhenCut(HttpContext context, JournalReader reader) =>
        reader.CutToken.UnsafeRegister(static state => ((HttpContext)state!).Abort(), context);
}
