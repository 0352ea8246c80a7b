using KernelGateway.AspNetCore.CodeInterpreter.Bodies;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Notebooks.Bodies;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Notebooks;

/// <summary><c>POST /api/notebooks/execute</c>: runs a notebook and returns it with its outputs.</summary>
internal sealed class ExecuteNotebookEndpoint(HttpSurface surface)
{
    public async Task HandleAsync(HttpContext context)
    {
        using var abort = surface.AbortWhenStopping(context);
        using var request = await NotebookRequest.ReadAsync(context, surface);
        if (request is null) return;
        if (await FindContextAsync(context, request) is not { } target) return;
        try
        {
            await RunAsync(context, request, target);
        }
        catch (QueueFullException exception) when (!context.Response.HasStarted)
        {
            context.Response.Headers.RetryAfter = "1";
            await Problem.WriteAsync(context, StatusCodes.Status429TooManyRequests, ProblemCodes.QueueFull, exception.Message);
        }
        catch (MemoryLimitException exception) when (!context.Response.HasStarted)
        {
            context.Response.Headers.RetryAfter = "1";
            await Problem.WriteAsync(context, StatusCodes.Status429TooManyRequests, ProblemCodes.MemoryLimit, exception.Message);
        }
        catch (ContextNotFoundException exception) when (!context.Response.HasStarted)
        {
            await Problem.WriteAsync(context, StatusCodes.Status404NotFound, ProblemCodes.ContextNotFound, exception.Message);
        }
        finally
        {
            // Disposed even when the client has disconnected or the answer could not be written.
            if (request.Options.ContextId is null) await surface.TryRemoveContextAsync(context, target.Id);
        }
    }

    private async Task RunAsync(HttpContext context, NotebookRequest request, CodeContext target)
    {
        var options = new NotebookRunOptions
        {
            AllowErrors = request.Options.AllowErrors == true,
            CellTimeout = ExecuteBody.ToTimeLimit(request.Options.Timeout),
            RecordTiming = request.Options.RecordTiming == true,
            CancelledBy = ExecutionStopCause.Disconnect,
        };
        var callbacks = new NotebookCallbacks
        {
            OnCellStarting = progress => surface.Audit.Submitted(context, target.Id, progress.Cell.Source),
        };
        switch (NotebookAccept.Parse(context.Request))
        {
            case NotebookForm.Lines:
                using (var stream = new NotebookStream(context, surface)) await stream.RunAsync(target, request.Notebook, options, callbacks);
                break;
            case NotebookForm.Bare:
                await NotebookAnswer.WriteAsync(context, (await RunToEndAsync()).Notebook, NotebookAccept.NotebookMediaType);
                break;
            default:
                await NotebookAnswer.WriteAsync(context, NotebookRunBody.Write(await RunToEndAsync()));
                break;
        }

        Task<NotebookRun> RunToEndAsync() =>
            NotebookRunner.RunAsync(target, request.Notebook, options, callbacks, context.RequestAborted);
    }

    private async Task<CodeContext?> FindContextAsync(HttpContext context, NotebookRequest request)
    {
        var options = request.Options;
        if (options.ContextId is { } id)
        {
            if (surface.Gateway.Contexts.Find(id) is { } found) return found;
            await Problem.WriteAsync(context, StatusCodes.Status404NotFound, ProblemCodes.ContextNotFound, surface.Gateway.Contexts.Missing(id).Message);
            return null;
        }

        try
        {
            var wanted = new CreateContextOptions
            {
                KernelSpecName = options.KernelName,
                WorkingDirectory = options.Cwd,
                EnvironmentVariables = options.Env,
            };
            var created = await NotebookRunner.CreateContextAsync(surface.Gateway, request.Notebook, wanted, context.RequestAborted);
            surface.Audit.Created(context, created.Id);
            return created;
        }
        catch (Exception exception) when (Refusal(exception) is { } refusal)
        {
            await Problem.WriteAsync(context, refusal.Status, refusal.Code, exception.Message);
            return null;
        }
    }

    private static (int Status, string Code)? Refusal(Exception exception) => exception switch
    {
        KernelSpecNotFoundException => (StatusCodes.Status404NotFound, ProblemCodes.KernelSpecNotFound),
        ContextLimitException => (StatusCodes.Status429TooManyRequests, ProblemCodes.ContextLimit),
        KernelLaunchException { Reason: LaunchFailureReason.WorkingDirectoryNotFound } => (StatusCodes.Status400BadRequest, ProblemCodes.MalformedRequest),
        ObjectDisposedException => (StatusCodes.Status503ServiceUnavailable, ProblemCodes.Stopping),
        KernelGatewayException or IOException => (StatusCodes.Status503ServiceUnavailable, ProblemCodes.KernelNotStarted),
        ArgumentException => (StatusCodes.Status400BadRequest, ProblemCodes.MalformedRequest),
        _ => null,
    };
}
