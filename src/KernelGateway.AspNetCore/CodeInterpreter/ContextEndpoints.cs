using KernelGateway.AspNetCore.CodeInterpreter.Bodies;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Contexts;
using KernelGateway.Kernels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.CodeInterpreter;

/// <summary><c>/contexts</c>: creates, lists, shows, restarts, interrupts and removes contexts.</summary>
internal sealed class ContextEndpoints(HttpSurface surface)
{
    // Names the default context of the default language. No context has this id: ids are UUIDs.
    private const string DefaultId = "default";

    private ContextManager Contexts => surface.Gateway.Contexts;

    public Task ListAsync(HttpContext context) =>
        JsonAnswer.WriteTokenAsync(
            context, StatusCodes.Status200OK, new JArray(Contexts.List().Select(one => JsonAnswer.ToToken(ContextBody.From(one)))));

    public async Task CreateAsync(HttpContext context)
    {
        using var abort = surface.AbortWhenStopping(context);
        using var read = await surface.Body.ReadAsync(context, CreateContextBody.Shape, MalformedBody.RefuseAsync, emptyIsObject: true);
        if (read is null) return;
        var errors = new ValidationErrors();
        var body = CreateContextBody.Read(read.Json, errors);
        if (errors.Any)
        {
            await errors.WriteAsync(context);
            return;
        }

        var options = new CreateContextOptions
        {
            Language = body.Language ?? body.Name,
            WorkingDirectory = SandboxHome.Resolve(body.Cwd, surface.Gateway.Options.GetDefaultWorkingDirectory()),
            EnvironmentVariables = body.EnvVars,
        };
        if (await CreationFailure.AnswerAsync(context, () => Contexts.CreateAsync(options, context.RequestAborted)) is { } created)
        {
            surface.Audit.Created(context, created.Id);
            await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, ContextBody.From(created));
        }
    }

    public Task ShowAsync(HttpContext context) =>
        Find(context) is { } found
            ? JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, ContextDetailBody.From(found))
            : NotFoundAsync(context);

    public async Task RestartAsync(HttpContext context)
    {
        using var abort = surface.AbortWhenStopping(context);
        if (await FindOrDefaultAsync(context) is not { } found)
        {
            await PlainText.ContextNotFoundAsync(context, Contexts.Missing(IdOf(context)));
            return;
        }

        try
        {
            // Not cancelled when the client disconnects: an ended kernel has to be replaced.
            await found.RestartAsync(surface.Stopping);
            await JsonAnswer.WriteRawAsync(context, StatusCodes.Status200OK, "null"u8.ToArray());
        }
        catch (InvalidOperationException exception) when (exception is not ObjectDisposedException)
        {
            await Problem.WriteAsync(context, StatusCodes.Status409Conflict, ProblemCodes.AttachedKernel, exception.Message);
        }
        catch (KernelRestartRefusedException exception)
        {
            await Problem.WriteAsync(context, StatusCodes.Status409Conflict, ProblemCodes.RestartRefused, exception.Message);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await PlainText.WriteAsync(
                context,
                StatusCodes.Status500InternalServerError,
                ProblemCodes.ContextNotFound,
                $"Failed to restart context {found.Id}: it was removed meanwhile.");
        }
        catch (Exception exception) when (exception is KernelGatewayException or IOException or ObjectDisposedException)
        {
            await PlainText.WriteAsync(
                context,
                StatusCodes.Status500InternalServerError,
                ProblemCodes.KernelNotStarted,
                $"Failed to restart context {found.Id}: {exception.Message}");
        }
    }

    public async Task RemoveAsync(HttpContext context)
    {
        var id = (await FindOrDefaultAsync(context))?.Id ?? IdOf(context);
        if (await surface.TryRemoveContextAsync(context, id)) await JsonAnswer.WriteRawAsync(context, StatusCodes.Status200OK, "null"u8.ToArray());
        else await PlainText.ContextNotFoundAsync(context, Contexts.Missing(id));
    }

    public async Task InterruptAsync(HttpContext context)
    {
        if (Find(context) is not { } found)
        {
            await NotFoundAsync(context);
            return;
        }

        var current = found.CurrentExecution;
        var interrupted = current is not null && await current.InterruptAsync(context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, await InterruptedBody.CreateAsync(interrupted, current));
    }

    public async Task InputAsync(HttpContext context)
    {
        if (Find(context) is not { } found)
        {
            await NotFoundAsync(context);
            return;
        }

        using var read = await surface.Body.ReadAsync(context, InputBody.Shape, MalformedBody.RefuseAsProblemAsync);
        if (read is null) return;
        var json = read.Json;
        if (json["value"] is not { Type: JTokenType.String } value || json["execution_id"] is { Type: not (JTokenType.String or JTokenType.Null) })
        {
            await MalformedBody.RefuseAsProblemAsync(context, "The fields are 'value', a string, and, if wanted, 'execution_id', a string.");
            return;
        }

        var executionId = (string?)json["execution_id"];
        var execution = found.CurrentExecution;
        if (execution is null || (executionId is not null && execution.Id != executionId))
        {
            await NotWaitingAsync(context, "No execution of that kind runs in the context.");
            return;
        }

        try
        {
            await execution.SendInputAsync((string)value!, context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (Exception exception) when (exception is InvalidOperationException or KernelGatewayException)
        {
            await NotWaitingAsync(context, exception.Message);
        }
    }

    // E2B's SDKs of mid-2024 restart and remove the default context under this name.
    private async Task<CodeContext?> FindOrDefaultAsync(HttpContext context) =>
        IdOf(context) == DefaultId ? await Contexts.FindDefaultAsync(context.RequestAborted) : Find(context);

    private CodeContext? Find(HttpContext context) => Contexts.Find(IdOf(context));

    private static string IdOf(HttpContext context) => (string)context.GetRouteValue("id")!;

    private Task NotFoundAsync(HttpContext context) =>
        Problem.WriteAsync(
            context, StatusCodes.Status404NotFound, ProblemCodes.ContextNotFound, Contexts.Missing(IdOf(context)).Message);

    private static Task NotWaitingAsync(HttpContext context, string detail) =>
        Problem.WriteAsync(context, StatusCodes.Status409Conflict, ProblemCodes.NotWaitingForInput, detail);
}
