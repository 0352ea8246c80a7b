using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.Contexts;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary>Answers requests whose kernel could not be started.</summary>
internal static class KernelStartFailure
{
    /// <summary>Starts a kernel; null when it failed and the request has been answered.</summary>
    /// <param name="context">The request.</param>
    /// <param name="start">Starts the kernel.</param>
    /// <param name="failed">The status for a kernel that does not start.</param>
    /// <param name="missing">Answers an unknown kernelspec; null to answer it like any failure.</param>
    public static async Task<CodeContext?> AnswerAsync(
        HttpContext context,
        Func<Task<CodeContext>> start,
        int failed = StatusCodes.Status500InternalServerError,
        Func<HttpContext, KernelSpecNotFoundException, Task>? missing = null)
    {
        try
        {
            return await start();
        }
        catch (JupyterBodyException exception)
        {
            await JupyterError.BadRequestAsync(context, exception.Message);
        }
        catch (ContextLimitException exception)
        {
            await JupyterError.WriteAsync(context, StatusCodes.Status403Forbidden, exception.Message, "Resource Limit");
        }
        catch (KernelSpecNotFoundException exception) when (missing is not null)
        {
            await missing(context, exception);
        }
        catch (ObjectDisposedException)
        {
            await JupyterError.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The gateway is stopping.");
        }
        catch (ArgumentException exception)
        {
            // The other options have been checked: the id is in use by a kernel that is being started elsewhere.
            await JupyterError.WriteAsync(context, StatusCodes.Status409Conflict, exception.Message);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await JupyterError.WriteAsync(context, StatusCodes.Status409Conflict, "The kernel was deleted before it was ready.");
        }
        catch (Exception exception) when (exception is KernelGatewayException or IOException)
        {
            // The message has the exit code and the kernel's stderr tail, if any.
            await JupyterError.WriteAsync(context, failed, exception.Message);
        }

        return null;
    }
}
