/* SPDX-License-Identifier: MIT */
/* What the VMM asks of the next entry: each field is read once, checked, then carried out. */
#include <hw/vmcs.h>
#include "exit.h"
#include "inject.h"
#include "vlapic.h"

#define REQ_ALL (REQ_ADVANCE | REQ_EXCEPTION | REQ_EXTINT | REQ_NMI | REQ_IRQ | REQ_RIP)
#define EXCEPTIONS_VALID 0x000f7dfbu /* vectors 0..19 that a VMM may raise: all but NMI, 9, 15 */
#define EXCEPTIONS_ERROR (1u << X86_DF | 1u << X86_TS | 1u << X86_NP | 1u << X86_SS | 1u << X86_GP | 1u << X86_PF | \
                          1u << X86_AC)

struct request {
    uint32_t what;
    uint8_t vector, insn_len;
    bool has_error;
    uint32_t error;
    uint64_t rip;
};

static enum status check_exception(const struct request *r)
{
    if (r->vector >= 32 || !(EXCEPTIONS_VALID >> r->vector & 1))
        return ERR_INVALID;
    if (r->has_error != (EXCEPTIONS_ERROR >> r->vector & 1) || r->error >> 15)
        return ERR_INVALID; /* 26.2.1.3 */
    return OK;
}

static enum status check(const struct vmx_vcpu *v, const struct request *r)
{
    if (r->what & ~REQ_ALL)
        return ERR_INVALID;
    if (r->what & REQ_ADVANCE && (r->insn_len < 1 || r->insn_len > 15))
        return ERR_INVALID;
    if (r->what & REQ_EXCEPTION && check_exception(r) != OK)
        return ERR_INVALID;
    if (r->what & REQ_EXTINT) {
        if (r->what & (REQ_ADVANCE | REQ_EXCEPTION | REQ_RIP))
            return ERR_INVALID;
        if (!event_interruptible(v) || !vlapic_takes_extint(v))
            return ERR_STATE;
    }
    if (r->what & REQ_RIP) {
        bool wide = v->efer & EFER_LMA && x86_vmread(VMCS_GUEST_CS_ATTR) & ATTR_L;
        if (wide ? !x86_canonical(r->rip) : r->rip >> 32 != 0)
            return ERR_INVALID;
    }
    return OK;
}

static void commit_rip(struct vmx_vcpu *v, uint64_t rip)
{
    uint64_t kept = RFLAGS_VM; /* leaving or entering virtual-8086 mode needs segments: set_state */
    uint64_t flags = x86_vmread(VMCS_GUEST_RFLAGS) & kept;

    flags |= v->page->context.rflags & RFLAGS_DEFINED & ~kept;
    x86_vmwrite(VMCS_GUEST_RIP, rip);
    x86_vmwrite(VMCS_GUEST_RFLAGS, flags | RFLAGS_ONE);
    x86_vmwrite(VMCS_GUEST_RSP, v->page->gpr[GPR_RSP]);
}

static void commit_irq(struct vmx_vcpu *v)
{
    for (unsigned i = 0; i < 4; i++) {
        if (v->page->irr[i])
            vlapic_irqs(v, 64 * i, __atomic_exchange_n(&v->page->irr[i], 0, __ATOMIC_ACQ_REL), v->page->tmr[i]);
    }
}

static void commit(struct vmx_vcpu *v, const struct request *r)
{
    if (r->what & REQ_RIP)
        commit_rip(v, r->rip);
    if (r->what & REQ_ADVANCE) {
        exit_advance_by(v, r->insn_len);
        if (v->io_breakpoint)
            x86_vmwrite(VMCS_GUEST_PENDING_DEBUG, x86_vmread(VMCS_GUEST_PENDING_DEBUG) | v->io_breakpoint);
    }
    v->io_breakpoint = 0;
    if (r->what & REQ_IRQ)
        commit_irq(v);
    if (r->what & REQ_NMI)
        v->pending |= PENDING_NMI;
    if (r->what & REQ_EXCEPTION) {
        if (r->has_error)
            event_fault_error(v, r->vector, r->error);
        else
            event_fault(v, r->vector);
    }
    if (r->what & REQ_EXTINT) {
        v->event = INTR_VALID | INTR_EXTERNAL | r->vector;
        v->pending |= PENDING_EVENT;
    }
}

static __attribute__((noinline)) enum status request_any(struct vmx_vcpu *v, uint32_t what)
{
    const struct vcpu_page *page = v->page;
    struct request r = {
        .what = what,
        .vector = page->inject_vector,
        .insn_len = page->insn_len,
        .has_error = page->inject_has_error != 0,
        .error = page->inject_error,
        .rip = page->context.rip,
    };
    enum status status = check(v, &r);

    if (status == OK)
        commit(v, &r);
    return status;
}

/* Out of line, so that the hot path saves no registers. */
static __attribute__((noinline)) enum status request_irq(struct vmx_vcpu *v, uint32_t what)
{
    uint8_t bytes = v->page->insn_len;

    if (what & ~(REQ_ADVANCE | REQ_IRQ) || bytes - 1u >= 15u || v->io_breakpoint)
        return request_any(v, what);
    if (what & REQ_ADVANCE)
        exit_advance_by(v, bytes);
    commit_irq(v);
    return OK;
}

enum status vmx_vcpu_request(struct vmx_vcpu *v)
{
    struct vcpu_page *page = v->page;
    uint32_t what = page->request;
    uint8_t want = page->want_extint, bytes = page->insn_len;

    if (__builtin_expect(want | v->want_extint, 0)) {
        v->want_extint = want != 0;
        v->waiting &= ~PENDING_EXTINT;
        v->pending = want ? v->pending | PENDING_EXTINT : v->pending & ~PENDING_EXTINT;
    }
    page->request = 0; /* only the thread that calls vcpu_run sets it */
    if (__builtin_expect(what != REQ_ADVANCE || bytes - 1u >= 15u || v->io_breakpoint, 0))
        return what ? request_irq(v, what) : OK;
    exit_advance_by(v, bytes);
    return OK;
}
