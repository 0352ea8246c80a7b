using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Contexts;
using KernelGateway.Kernels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary><c>/api/kernels/{id}/interrupt</c> and <c>/restart</c>. Their bodies mean nothing and are not read.</summary>
internal sealed partial class KernelControlEndpoints(HttpSurface surface, KernelNames names)
{
    // Clients expect an answer soon; a kernel that does not react is insisted on behind it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly SharedWork<CodeContext> _restarts = new(StringComparer.OrdinalIgnoreCase);
    private readonly ILogger _logger = surface.Logger;

    public async Task InterruptAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } found) return;
        try
        {
            var interrupting = InterruptAsync(found);
            await interrupting.WaitAsync(Patience, surface.Time, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (interrupting.IsCompleted) await interrupting;
            else _ = LogFailureAsync(found.Id, interrupting);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (Exception exception) when (IsOfRemoval(exception, context) && surface.Gateway.Contexts.Find(found.Id) is null)
        {
            await JupyterError.KernelNotFoundAsync(context, surface.Gateway.Contexts, found.Id);
        }
        catch (KernelClosedException) when (found.Kernel.State == KernelState.Restarting)
        {
            // What ran is over already.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (Exception exception) when (exception is KernelClosedException or KernelRestartRefusedException)
        {
            await JupyterError.WriteAsync(context, StatusCodes.Status409Conflict, exception.Message);
        }
        catch (KernelGatewayException exception)
        {
            await JupyterError.WriteAsync(context, StatusCodes.Status500InternalServerError, exception.Message);
        }
    }

    public async Task RestartAsync(HttpContext context)
    {
        using var abort = surface.AbortWhenStopping(context);
        if (await FindAsync(context) is not { } found) return;
        if (found.Kernel.IsAttached)
        {
            await JupyterError.WriteAsync(
                context, StatusCodes.Status409Conflict, $"Kernel {found.Id} was started by somebody else, who alone can restart it.");
            return;
        }

        try
        {
            // Not given up when the clients go: a kernel that has been ended needs its successor.
            await _restarts.RunAsync(found.Id, _ => RestartAsync(found), context.RequestAborted);
            await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, await names.DescribeAsync(found, context.RequestAborted));
        }
        catch (Exception exception) when (IsOfRemoval(exception, context) && surface.Gateway.Contexts.Find(found.Id) is null)
        {
            await JupyterError.KernelNotFoundAsync(context, surface.Gateway.Contexts, found.Id);
        }
        catch (KernelRestartRefusedException exception)
        {
            await JupyterError.WriteAsync(context, StatusCodes.Status409Conflict, exception.Message);
        }
        catch (Exception exception) when (exception is KernelGatewayException or IOException)
        {
            await JupyterError.WriteAsync(
                context, StatusCodes.Status500InternalServerError, $"Exception restarting kernel: {exception.Message}");
        }
    }

    // Whoever presses the button means what the kernel works on: an execution of the context that still waits for it is not that.
    private static Task InterruptAsync(CodeContext context) =>
        context.CurrentExecution is null || context.Kernel.IsRunningForeignCode
            ? context.Kernel.InterruptAsync(CancellationToken.None)
            : context.InterruptAsync(CancellationToken.None);

    private static bool IsOfRemoval(Exception exception, HttpContext context) =>
        exception is ObjectDisposedException or KernelClosedException
        || (exception is OperationCanceledException && !context.RequestAborted.IsCancellationRequested);

    private async Task<CodeContext> RestartAsync(CodeContext context)
    {
        await context.RestartAsync(surface.Stopping);
        return context;
    }

    private async Task<CodeContext?> FindAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        if (surface.Gateway.Contexts.Find(id) is { } found) return found;
        await JupyterError.KernelNotFoundAsync(context, surface.Gateway.Contexts, id);
        return null;
    }

    private async Task LogFailureAsync(string kernelId, Task interrupting)
    {
        try
        {
            await interrupting;
        }
        catch (Exception exception)
        {
            LogInterruptFailed(kernelId, exception.Message);
        }
    }

    [LoggerMessage(5022, LogLevel.Warning, "Kernel {KernelId} could not be interrupted: {Reason}")]
    private partial void LogInterruptFailed(string kernelId, string reason);
}
