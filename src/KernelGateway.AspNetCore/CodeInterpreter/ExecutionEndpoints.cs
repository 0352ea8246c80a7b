using System.Globalization;
using KernelGateway.AspNetCore.CodeInterpreter.Bodies;
using KernelGateway.AspNetCore.CodeInterpreter.Streaming;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Executions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KernelGateway.AspNetCore.CodeInterpreter;

/// <summary><c>/executions</c>: shows executions, reads their events again, interrupts them.</summary>
internal sealed class ExecutionEndpoints(HttpSurface surface)
{
    public async Task ShowAsync(HttpContext context)
    {
        if (Find(context) is not { } execution)
        {
            await NotFoundAsync(context);
            return;
        }

        using var memory = new BodyMemory(surface.Gateway.Memory);
        var model = new ExecutionModel(memory);
        try
        {
            model.TakeAll(execution);
        }
        catch (ObjectDisposedException)
        {
            await NotFoundAsync(context);
            return;
        }
        catch (BodyMemoryException)
        {
            await JsonBody.NoMemoryAsync(context, "the answer");
            return;
        }

        await JsonAnswer.WriteTokenAsync(context, StatusCodes.Status200OK, await ExecutionBody.WriteAsync(execution, model));
    }

    public async Task ReadEventsAsync(HttpContext context)
    {
        using var abort = surface.AbortWhenStopping(context);
        var after = 0L;
        if (context.Request.Query["after"].ToString() is { Length: > 0 } text
            && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            await MalformedBody.RefuseAsProblemAsync(context, "The query parameter 'after' is the 'seq' of an event, or 0.");
            return;
        }

        if (Find(context) is not { } execution || TryOpen(execution, after) is not { } reader)
        {
            await NotFoundAsync(context);
            return;
        }

        using (reader)
        using (HttpSurface.AbortWhenCut(context, reader))
        {
            var stream = await StreamingResponse.OpenAsync(context, execution, detail: true, surface);
            await stream.WriteAllAsync(reader, context.RequestAborted);
        }
    }

    public async Task InterruptAsync(HttpContext context)
    {
        if (Find(context) is not { } execution)
        {
            await NotFoundAsync(context);
            return;
        }

        var interrupted = await execution.InterruptAsync(context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, await InterruptedBody.CreateAsync(interrupted, execution));
    }

    private static JournalReader? TryOpen(Execution execution, long after)
    {
        try
        {
            return execution.Journal.OpenReader(after, isCutWhenIdle: true);
        }
        catch (ObjectDisposedException)
        {
            // Removed from the registry between the look-up and the read.
            return null;
        }
    }

    private Execution? Find(HttpContext context) => surface.Gateway.FindExecution(IdOf(context));

    private static string IdOf(HttpContext context) => (string)context.GetRouteValue("id")!;

    private static Task NotFoundAsync(HttpContext context) =>
        Problem.WriteAsync(
            context,
            StatusCodes.Status404NotFound,
            ProblemCodes.ExecutionNotFound,
            $"Execution {IdOf(context)} not found: the id is unknown, or the execution has ended and is no longer kept.");
}
