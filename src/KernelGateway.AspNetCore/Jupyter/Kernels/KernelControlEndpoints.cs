using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Contexts;
using KernelGateway.Kernels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary><c>/api/kernels/{id}/interrupt</c> and <c>/restart</c>. Request bodies are not read.</summary>
internal sealed partial class KernelControlEndpoints(HttpSurface surface, KernelNames names)
{
    // Clients expect an answer soon; the interrupt of a kernel that does not react continues after the answer.
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
            // The execution has ended already.
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
                context, StatusCodes.Status409Conflict, $"Kernel {found.Id} is attached; only the program that started it can restart it.");
            return;
        }

        try
        {
            // Not cancelled when the clients disconnect: an ended kernel has to be replaced.
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

    // The interrupt is for the code that the kernel runs, not for an execution that still waits in the queue.
    private static Task InterruptAsync(CodeContext context) =>
        context.CurrentExecution is null || context.Kernel.IsRunningExternalCode
            ? context.Kernel.InterruptExternalCodeAsync(CancellationToken.None)
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
