using System.Text;
using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.CodeInterpreter.Bodies;
using KernelGateway.AspNetCore.CodeInterpreter.Streaming;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.CodeInterpreter;

/// <summary><c>POST /execute</c>: runs code and streams its events.</summary>
internal sealed partial class ExecuteEndpoint(HttpSurface surface)
{
    private readonly ILogger _logger = surface.Logger;
    private readonly IdempotencyKeys _keys = new();

    public async Task HandleAsync(HttpContext context)
    {
        using var abort = surface.AbortWhenStopping(context);
        if (await AcceptAsync(context) is ({ } execution, { } body)) await StreamAsync(context, execution, body);
    }

    // From here on the execution counts the code; the request releases its memory.
    private async Task<(Execution Execution, ExecuteBody Body)?> AcceptAsync(HttpContext context)
    {
        using var read = await surface.Body.ReadAsync(context, ExecuteBody.Shape, MalformedBody.RefuseAsync);
        if (read is null) return null;
        var errors = new ValidationErrors();
        var body = ExecuteBody.Read(read.Json, ExecuteBody.GetLongestTimeout(surface.Gateway.Options.Contexts), errors);
        if (errors.Any)
        {
            await errors.WriteAsync(context);
            return null;
        }

        if (await RefuseTooLongAsync(context, body.Code)) return null;
        var accepted = IdempotencyKeys.Read(context.Request) is { } key
            ? await SubmitOnceAsync(context, key, body)
            : await SubmitAsync(context, body);
        return accepted is { } execution ? (execution, body) : null;
    }

    private async Task<Execution?> SubmitAsync(HttpContext context, ExecuteBody body) =>
        await FindContextAsync(context, body) is { } target ? await SubmitAsync(context, target, body) : null;

    // A repeated request gets the execution of the first one, from its first event on.
    private async Task<Execution?> SubmitOnceAsync(HttpContext context, string key, ExecuteBody body)
    {
        if (!IdempotencyKeys.IsValid(key))
        {
            await MalformedBody.RefuseAsProblemAsync(context, $"The header {IdempotencyKeys.Header} has 1 to {IdempotencyKeys.MaxLength} characters of ASCII.");
            return null;
        }

        var fingerprint = body.ComputeFingerprint();
        while (true)
        {
            var use = _keys.Use(key, fingerprint);
            if (use.Submission is { } submission) return await SubmitFirstAsync(context, body, submission);
            if (use.IsOtherRequest)
            {
                await Problem.WriteAsync(
                    context,
                    StatusCodes.Status422UnprocessableEntity,
                    ProblemCodes.IdempotencyKeyReused,
                    "The idempotency key was used for another request; each request needs a key of its own.");
                return null;
            }

            // Null: the first request was refused, so nothing runs, and this one is the first now.
            if (await use.ExecutionId.WaitAsync(context.RequestAborted) is not { } id) continue;
            if (surface.Gateway.FindExecution(id) is { } execution) return execution;
            await Problem.WriteAsync(
                context,
                StatusCodes.Status404NotFound,
                ProblemCodes.ExecutionNotFound,
                $"Execution {id} of this idempotency key not found: it has ended and is no longer kept.");
            return null;
        }
    }

    private async Task<Execution?> SubmitFirstAsync(HttpContext context, ExecuteBody body, IdempotencyKeys.Submission submission)
    {
        Execution? execution = null;
        try
        {
            return execution = await SubmitAsync(context, body);
        }
        finally
        {
            submission.Complete(execution?.Id);
        }
    }

    private async Task<bool> RefuseTooLongAsync(HttpContext context, string code)
    {
        var limit = surface.Gateway.Options.Contexts.MaxCodeBytes;
        if (code.Length <= limit / 3 || Encoding.UTF8.GetByteCount(code) <= limit) return false;
        await Problem.WriteAsync(
            context, StatusCodes.Status413PayloadTooLarge, ProblemCodes.TooLarge, $"The code is longer than {limit} bytes.");
        return true;
    }

    private async Task<CodeContext?> FindContextAsync(HttpContext context, ExecuteBody body)
    {
        if (body.ContextId is { } id)
        {
            if (body.Language is not null)
            {
                await PlainText.WriteAsync(
                    context, StatusCodes.Status400BadRequest, ProblemCodes.MalformedRequest, "Only one of context_id or language can be provided");
                return null;
            }

            if (surface.Gateway.Contexts.Find(id) is { } found) return found;
            await PlainText.ContextNotFoundAsync(context, surface.Gateway.Contexts.Missing(id));
            return null;
        }

        // Read now: the context may be created when the request has ended.
        var caller = AuditCaller.From(context);
        return await CreationFailure.AnswerAsync(
            context,
            () => surface.Gateway.Contexts.GetOrCreateDefaultAsync(
                body.Language, created => surface.Audit.Created(caller, created.Id), context.RequestAborted));
    }

    private async Task<Execution?> SubmitAsync(HttpContext context, CodeContext target, ExecuteBody body)
    {
        if (body.EnvVars is not null && !target.SupportsExecutionVariables)
        {
            var errors = new ValidationErrors();
            errors.Add(
                "value_error",
                $"Variables of one execution cannot be set in '{target.Language}'; give them when the context is created",
                null,
                "body",
                "env_vars");
            await errors.WriteAsync(context);
            return null;
        }

        try
        {
            var execution = target.Submit(body.Code, new ExecutionOptions
            {
                EnvironmentVariables = body.EnvVars,
                Timeout = ExecuteBody.ToTimeLimit(body.Timeout),
                AllowStdin = body.AllowStdin == true,
                StoreHistory = body.StoreHistory != false,
            });
            surface.Audit.Submitted(context, target.Id, body.Code);
            return execution;
        }
        catch (QueueFullException exception)
        {
            // The duration of the queue is unknown; a second is a reasonable retry interval.
            context.Response.Headers.RetryAfter = "1";
            await Problem.WriteAsync(context, StatusCodes.Status429TooManyRequests, ProblemCodes.QueueFull, exception.Message);
        }
        catch (MemoryLimitException exception)
        {
            context.Response.Headers.RetryAfter = "1";
            await Problem.WriteAsync(context, StatusCodes.Status429TooManyRequests, ProblemCodes.MemoryLimit, exception.Message);
        }
        catch (ArgumentException exception)
        {
            // A value that only some languages accept, such as the name of a variable.
            await MalformedBody.RefuseAsProblemAsync(context, exception.Message.Split(" (Parameter", 2)[0]);
        }
        catch (ContextNotFoundException) when (body.ContextId is null)
        {
            // The default context was culled or removed since it was found: a new one replaces it.
            return await FindContextAsync(context, body) is { } next ? await SubmitAsync(context, next, body) : null;
        }
        catch (ContextNotFoundException exception)
        {
            await PlainText.ContextNotFoundAsync(context, exception);
        }

        return null;
    }

    private async Task StreamAsync(HttpContext context, Execution execution, ExecuteBody body)
    {
        try
        {
            using var reader = execution.Journal.OpenReader(0, isCutWhenIdle: true);
            using var abort = HttpSurface.AbortWhenCut(context, reader);
            var stream = await StreamingResponse.OpenAsync(context, execution, body.Detail == true, surface);
            await stream.WriteToEndAsync(reader, context.RequestAborted);
        }
        catch (Exception)
        {
            // The client has disconnected: the code is interrupted unless the request has on_disconnect "continue".
            if (body.OnDisconnect != "continue") _ = InterruptAsync(execution);
            throw;
        }
    }

    private async Task InterruptAsync(Execution execution)
    {
        try
        {
            if (await execution.InterruptAsync(ExecutionStopCause.Disconnect, CancellationToken.None)) LogInterrupted(execution.Id);
        }
        catch (Exception exception)
        {
            LogInterruptFailed(exception, execution.Id);
        }
    }

    [LoggerMessage(5101, LogLevel.Information, "Execution {ExecutionId} was interrupted because its client had disconnected.")]
    private partial void LogInterrupted(string executionId);

    [LoggerMessage(5102, LogLevel.Error, "Execution {ExecutionId} could not be interrupted after its client had disconnected.")]
    private partial void LogInterruptFailed(Exception exception, string executionId);
}
